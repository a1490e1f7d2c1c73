/** What a PIN copy may be encrypted on, the one of new keys first (decision 0038). Apart from the keys: the CLI's help needs no jose. */
export const pinCopyCurves = ['P-256', 'P-384'] as const;

export type PinCopyCurve = (typeof pinCopyCurves)[number];
