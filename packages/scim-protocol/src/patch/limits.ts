/** Operations of one PATCH. Okta removes members one operation each, so those of members are counted as members. */
export const patchLimits = {
  operations: 100,
  /** Of the value filters of all paths together: each is compared with each value of its attribute. */
  terms: 200,
} as const;
