/** Why a request, or a row of a batch, is refused. */
export const requestWords: Readonly<Record<string, (field: string) => string>> = {
  unknown_names: (field) => `There are fields in the ${field} with names that are not shown here: leave them out.`,
  unknown_field: (field) => `There is no ${field} here: leave it out.`,
  comes_from_okta: (field) =>
    `${field} cannot be given: the addresses that a PIN goes to come from Okta alone. Change it in Okta.`,
  user_or_login: () => 'Give the person by userId or by login: one of the two, not both.',
  decision_or_fields: () => 'Send a decision or fields: one of the two, not both.',
  no_fields: () => 'Give at least one field with the value that is right.',
  product_needed: () =>
    'The tenant has several products: say which by productId, inventoryProductId and customizationId.',
  product_not_listed: () =>
    "productId, inventoryProductId and customizationId do not name exactly one product of the tenant's list: give all three of one of them.",
  already_open: () => 'The person has an open shipment for this purpose already: see to that one.',
  too_large: (field) => `The ${field} is far longer than anything that can be ordered: shorten it.`,
  extra_cells: () =>
    'The row has more cells than the header has columns: put quotes around a cell with a separator in it.',
  not_utf8: () => 'The file is not in UTF-8: save it as "CSV UTF-8", or convert it.',
  not_json: () => 'The body is not JSON, or it ends too early.',
  too_deep: () => 'Rows are flat objects: what is nested this deep is not read.',
  no_rows: () => 'The file has no rows: give at least one.',
  too_many_rows: () => 'The file has more than 50,000 rows: send it in parts.',
  person_column_missing: () => 'The first line must name the columns, and login or userId among them.',
  repeated: (field) => `There may be one ${field} only: leave the others out.`,
  quote_not_closed: (place) =>
    `A quote that opens a cell is never closed (${place}): close it, or double it within a cell.`,
  misplaced_quote: (place) =>
    `A quote stands within a cell (${place}): put quotes around the cell and double those in it.`,
  record_too_large: (place) => `A row never ends (${place}): see whether a quote is not closed before it.`,
  duplicate_row: () => 'An earlier row asks for the same person and purpose: leave this one out.',
  invalid: (field) => `${field} must be ${rules[field.split('.').at(-1) ?? ''] ?? 'what the route takes'}.`,
};

const attribute = 'a text of 1 to 512 characters';

/** What a field may hold, by its name. */
export const rules: Readonly<Record<string, string>> = {
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
  decision: '"accept" or "reject"',
  fields: 'an object with attributes by their Okta names',
  name: 'a text of 1 to 100 characters on one line, without spaces around it',
  scopes: 'a list of one or more of "read", "write" and "operator"',
  requestsPerMinute: 'a whole number from 1 to 1,000,000',
  graceHours: 'a whole number of hours from 0 to 720',
  rows: 'a list of 1 to 50,000 rows',
  row: 'a JSON object',
  enabled: 'true or false',
  dryRun: 'true or false, given once',
  status: 'one of the statuses of a shipment, given once',
  user: 'an Okta user id or login, given once',
  cursor: 'the nextCursor of the page before',
  limit: 'a whole number from 1 to 100',
};
