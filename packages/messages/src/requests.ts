/** Why a request, or a row of a batch, is refused. */
export const requestMessages: Readonly<Record<string, (field: string, suggestion?: string) => string>> = {
  unknown_names: (field) => `Unknown field names in \`${field}\`. Remove them.`,
  unknown_field: (field) => `Unknown field \`${field}\`. Remove it.`,
  unknown_column: (field, suggestion = 'a known field') =>
    `Unknown column (${field}). Name it \`${suggestion}\` if that is what it holds, or remove it.`,
  comes_from_okta: (field) =>
    `\`${field}\` cannot be set here: the addresses for PINs come from Okta only. Change it in Okta.`,
  user_or_login: () => 'Set exactly one of `userId` and `login`.',
  given_twice: (field) => `\`${field}\` is also set outside of \`profile\`. Set it in one of the two places.`,
  decision_or_fields: () => 'Set exactly one of `decision` and `fields`.',
  confirmed_without_value: () => 'Set each attribute that you confirm in `fields`, too.',
  no_fields: () => 'Set at least one field to its correct value.',
  product_needed: () =>
    'The tenant has several products. Choose one by `productId`, `inventoryProductId` and `customizationId`.',
  product_not_listed: () =>
    "`productId`, `inventoryProductId` and `customizationId` do not match exactly one product of the tenant's list. Set all three.",
  already_open: () => 'The user already has an open shipment for this purpose. Use that one, or cancel it first.',
  too_large: (field) => `\`${field}\` is too large. Shorten it.`,
  extra_cells: (place) =>
    `The row has more cells than the header has columns (${place}). Quote each cell that contains a separator.`,
  too_many_columns: () => 'The first line has more than 200 columns. Remove those without a meaning here.',
  unknown_separator: (place) => `The separator is none of , ; | and tab (${place}). Use one of them.`,
  too_many_broken_rows: () =>
    'More than 1,000 rows have a misplaced or unclosed quote. Save the file as CSV again, with quotes doubled inside cells.',
  utf16: () => 'The file is UTF-16, which Excel calls "Unicode Text". Save it as "CSV UTF-8".',
  single_byte: (place) =>
    `The file is not UTF-8 but, by its bytes (${place}), Windows-1252 or Latin-1, which Excel calls "CSV". Save it as "CSV UTF-8".`,
  binary: (place) => `The file is not text (${place}). Send a CSV file, not a workbook or an archive.`,
  not_utf8: (field) => `Not UTF-8 text (${field}). Save the file as "CSV UTF-8", or send the body in UTF-8.`,
  not_json: (place) => `Not valid JSON, or incomplete (${place}). Correct it there.`,
  duplicate_member: (place) => `A second member of the same name (${place}). Keep one and remove the other.`,
  too_deep: (place) => `Nested too deeply (${place}). Send flat objects.`,
  too_many_values: (place) => `Too many values for one body (${place}). Send fewer.`,
  too_many_members: (place) => `Too many members in one object (${place}). Send only fields that the route knows.`,
  too_many_elements: (place) => `Too many elements in one list (${place}). Send fewer.`,
  text_too_long: (place) => `A text is too long (${place}). Shorten it.`,
  no_rows: () => 'The file has no rows. Send at least one.',
  too_many_rows: () => 'The file has more than 50,000 rows. Split it.',
  person_column_missing: () => 'The first line must name the columns, including `login` or `userId`.',
  repeated: (field) => `Duplicate \`${field}\`. Keep one and remove the others.`,
  quote_not_closed: (place) => `Unclosed quote (${place}). Close it, or double it inside a quoted cell.`,
  misplaced_quote: (place) =>
    `Quote inside an unquoted cell (${place}). Quote the cell and double the quotes inside it.`,
  record_too_large: (place) => `A row is too large (${place}). Check for an unclosed quote before it.`,
  duplicate_row: () => 'An earlier row has the same user and purpose. Remove this one.',
  invalid: (field) => `\`${field}\` must be ${fieldRules[field.split('.').at(-1) ?? ''] ?? 'valid for this route'}.`,
};

const attribute = 'a text of 1 to 512 characters';

/** What a field may hold, by its name. */
export const fieldRules: Readonly<Record<string, string>> = {
  body: 'a JSON object',
  query: 'parameters, each set once',
  userId: 'an Okta user id: 1 to 100 letters, digits, - or _',
  login: 'an Okta login: 1 to 254 characters on one line, without leading or trailing spaces',
  productId: 'a number from the tenant\'s product list, such as "1"',
  inventoryProductId: 'a number from the tenant\'s product list, such as "106"',
  customizationId: "a text of 1 to 64 characters from the tenant's product list",
  purpose: '"primary" or "backup"',
  note: 'a text of at most 500 characters',
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
  confirmed: 'a list with "primaryPhone", "zipCode" or both',
  name: 'a text of 1 to 100 characters on one line, without leading or trailing spaces',
  scopes: 'a list of one or more of "read", "write" and "operator"',
  requestsPerMinute: 'an integer from 1 to 1,000,000',
  graceHours: 'an integer from 0 to 720',
  rows: 'a list of 1 to 50,000 rows',
  row: 'a JSON object',
  enabled: 'true or false',
  dryRun: 'true or false, set once',
  status: 'one of the statuses of a shipment, set once',
  user: 'an Okta user id or login, set once',
  cursor: 'the `nextCursor` of the previous page',
  limit: 'an integer from 1 to 100',
};
