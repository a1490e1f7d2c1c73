/**
 * Text as it is compared where letter case does not count: Unicode's full case folding of the NFC form. Everything that
 * compares such text, or makes a blind index of it, folds with this, or a look-up and a filter would disagree.
 * Lower, upper and lower case again give the classes of CaseFolding.txt ("ẞ", "ß" and "ss" are one), but for two characters.
 */
export function foldCase(text: string): string {
  if (isAscii.test(text)) return text.toLowerCase();
  // "ı" has no case folding, yet its upper case is "I": a user name with it would be that of another user.
  const folded = text.normalize('NFC').split('ı').map(foldPart).join('ı');
  return folded.normalize('NFC');
}

// oxlint-disable-next-line no-control-regex -- all of ASCII is meant
const isAscii = /^[\u0000-\u007f]*$/;

// A sigma's lower case depends on its place in the word, so that a prefix would fold unlike the whole.
const foldPart = (text: string): string => text.toLowerCase().toUpperCase().toLowerCase().replaceAll('ς', 'σ');
