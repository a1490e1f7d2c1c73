import { distance } from 'fastest-levenshtein';

const bare = (name: string): string => name.toLowerCase().replaceAll(/[^a-z0-9]/g, '');

/**
 * The known name that was probably meant: at most two letters differ (one in a short name), letter case and separators
 * apart. Null where none is that close, or two are equally close.
 */
export function nearest(name: string, known: readonly string[]): string | null {
  const written = bare(name);
  const most = written.length < 6 ? 1 : 2;
  const ranked = known
    .map((candidate) => ({ candidate, letters: distance(written, bare(candidate)) }))
    .filter(({ candidate, letters }) => letters <= most && letters < bare(candidate).length)
    .toSorted((one, other) => one.letters - other.letters);
  const [first, second] = ranked;
  if (first === undefined || first.letters === second?.letters) return null;
  return first.candidate;
}
