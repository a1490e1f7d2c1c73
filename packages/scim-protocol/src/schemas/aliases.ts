import type { Attribute } from './attribute.ts';
import { list, text } from './define.ts';

const parts: readonly Attribute[] = [
  text('value', 'Another user name that leads to the same User.'),
  text('type', "A label of the alias, e.g., 'email' or 'upn'; there is one alias of a type."),
];

/** Other user names. Okta pushes them as an attribute of the core schema, one element for each of its own attributes. */
export const aliases: Attribute = list('aliases', 'Other user names of the User.', { of: parts });

/** The same for clients that keep to the rule that additions have a schema of their own; it is returned as `aliases`. */
export const extensionAliases: Attribute = list(
  'aliases',
  "Other user names of the User; what is written here is returned as the User's attribute 'aliases'.",
  { of: parts, mutability: 'writeOnly', returned: 'never' },
);
