/** The person that every user of the stand-in org is, but for the id, the login and the address of their mail. */
export const person = {
  firstName: 'Noor',
  lastName: 'Haddad',
  organization: 'Acme',
  primaryPhone: '+44 20 7946 0123',
  streetAddress: '1 Canary Wharf',
  city: 'London',
  zipCode: 'E14 5AB',
  countryCode: 'GB',
} as const;

export const mailOf = (userId: string): string => `${userId.toLowerCase()}@bench.example`;

/** Users with this prefix are unknown to the stand-in org: an event of theirs is read, looked up and ignored. */
export const unknownPrefix = 'unknown-';

export const product = { productId: '1', inventoryProductId: '106', customizationId: 'RXJN83' } as const;
