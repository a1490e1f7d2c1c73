/** What a resource may have. Lists of members are longer than any other. */
export const valueLimits = {
  /** Characters of a text. */
  text: 1_024,
  /** Characters of a URI: photos may be in it. */
  uri: 8_192,
  /** Characters of base64: an X.509 certificate, and more. */
  binary: 32_768,
  /** Values of one attribute. */
  values: 100,
  /** Members in one request. */
  members: 50_000,
  /** Attributes that no schema has, in one request. */
  ignored: 1_000,
} as const;
