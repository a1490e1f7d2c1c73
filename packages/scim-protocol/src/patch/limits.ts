/** Operations of one PATCH. Okta removes members one operation each, so those of members are counted as members. */
export const patchLimits = { operations: 100 } as const;
