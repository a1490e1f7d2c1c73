/** Why a request, or a row of a batch, is refused. */
export const requestWords: Readonly<Record<string, (field: string) => string>> = {
  unknown_names: (field) => `There are fields in the ${field} with names that are not shown here: leave them out.`,
  unknown_field: (field) => `There is no ${field} here: leave it out.`,
  comes_from_okta: (field) =>
    `${field} cannot be given: the addresses that a PIN goes to come from Okta alone. Change it in Okta.`,
  user_or_login: () => 'Give the person by userId or by login: one of the two, not both.',
  product_needed: () =>
    'The tenant has several products: say which by productId, inventoryProductId and customizationId.',
  product_not_listed: () =>
    "productId, inventoryProductId and customizationId do not name exactly one product of the tenant's list: give all three of one of them.",
  already_open: () => 'The person has an open shipment for this purpose already: see to that one.',
  duplicate_row: () => 'An earlier row asks for the same person and purpose: leave this one out.',
  invalid: (field) => `${field} must be ${rules[field.split('.').at(-1) ?? ''] ?? 'what the route takes'}.`,
};

const attribute = 'a text of 1 to 512 characters';

/** What a field may hold, by its name. */
const rules: Readonly<Record<string, string>> = {
  body: 'a JSON object',
  query: 'parameters, each given once',
  userId: 'an Okta user id: 1 to 100 letters, digits, - or _',
  login: 'an Okta login: 1 to 254 characters on one line, without spaces around it',
  productId: 'a number as the tenant\'s list of products has it, such as "1"',
  inventoryProductId: 'a number as the tenant\'s list of products has it, such as "106"',
  customizationId: "a text of 1 to 64 characters as the tenant's list of products has it",
  purpose: '"primary" or "backup"',
  note: 'a text of 500 characters at most',
  profile: 'an object with attributes by their Okta names',
  firstName: attribute,
  lastName: attribute,
  primaryPhone: attribute,
  organization: attribute,
  streetAddress: attribute,
  city: attribute,
  state: attribute,
  zipCode: attribute,
  countryCode: attribute,
  rows: 'a list of 1 to 1,000 rows',
  row: 'a JSON object',
  enabled: 'true or false',
  dryRun: 'true or false, given once',
  status: 'one of the statuses of a shipment, given once',
  user: 'an Okta user id or login, given once',
  cursor: 'the nextCursor of the page before',
  limit: 'a whole number from 1 to 100',
};
