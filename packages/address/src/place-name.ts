/** The same for all spellings of one place's name: without case, punctuation, and Latin, Greek or Cyrillic diacritics. */
export const placeNameKey = (name: string): string =>
  name
    .normalize('NFD')
    .replace(/[\u0300-\u036f]/g, '')
    .toLowerCase()
    .replace(/[^\p{L}\p{M}\p{N}]/gu, '');
