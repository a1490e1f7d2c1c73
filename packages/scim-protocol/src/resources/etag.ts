/** The version of a resource as `ETag`, as `meta.version`, and in Bulk (RFC 7644 §3.14). It is weak: projections share it. */
export const toEtag = (version: number): string => `W/"${version}"`;

// Some clients escape the slash, as examples of the RFC do.
const oneTag = /^\s*(?:W\\?\/)?"([^"]*)"\s*$/;

/**
 * Whether a version is among those of an `If-Match`, or an `If-None-Match`: a list of ETags, or `*`. Weak and strong ones are
 * compared alike (RFC 7232 §2.3.2), since the RFC's clients send back the weak one that they got.
 */
export function matchesEtag(header: string, version: number): boolean {
  if (header.trim() === '*') return true;
  return header.split(',').some((tag) => oneTag.exec(tag)?.[1] === String(version));
}
