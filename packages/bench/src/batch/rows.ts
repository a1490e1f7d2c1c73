const person = (batch: string, index: number): Readonly<Record<string, string>> => ({
  login: `person-${index}.of-${batch}@acme.example`,
  firstName: 'Noor',
  lastName: `Haddad-${index}`,
  primaryPhone: '+44 20 7946 0123',
  streetAddress: `${index} Canary Wharf`,
  city: 'London',
  zipCode: 'E14 5AB',
  countryCode: 'GB',
  note: 'Starts on Monday',
});

export const columns = Object.keys(person('', 0));

/** A CSV file of people whose profile the request overrides, as the API reads it and as COPY does. */
export function fileOf(batch: string, rows: number): string {
  const lines = Array.from({ length: rows }, (_, index) => Object.values(person(batch, index)).join(','));
  return [columns.join(','), ...lines, ''].join('\n');
}
