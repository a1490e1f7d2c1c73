/** The ETag of a version, as in `meta.version` (RFC 7644 §3.14). */
export const etagOf = (version: string | number): string => `W/"${version}"`;

/** Compared weakly: with or without W/. `undefined` asks for no version. */
export const isVersion = (version: string | number, ifMatch: readonly string[] | undefined): boolean =>
  ifMatch === undefined || ifMatch.some((tag) => tag.replace(/^W\//, '') === `"${version}"`);
