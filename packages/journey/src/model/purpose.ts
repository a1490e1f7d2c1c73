/** What a key is for. A person may have one open shipment for each. */
export const purposes = ['primary', 'backup'] as const;

export type Purpose = (typeof purposes)[number];
