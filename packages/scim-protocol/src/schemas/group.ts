import type { Attribute } from './attribute.ts';
import { list, text, uri } from './define.ts';

/** A Group (RFC 7643 §4.2 and §8.7.1). Its name is unique, ids are case-exact, and groups have no groups as members. */
export const groupAttributes: readonly Attribute[] = [
  text('displayName', 'A human-readable name for the Group. REQUIRED.', {
    required: true,
    uniqueness: 'server',
  }),
  list('members', 'A list of members of the Group.', {
    of: [
      text('value', 'Identifier of the member of this Group.', { caseExact: true, mutability: 'immutable' }),
      uri('$ref', 'The URI corresponding to a SCIM resource that is a member of this Group.', {
        to: ['User'],
        mutability: 'immutable',
      }),
      text('type', "A label indicating the type of resource, e.g., 'User' or 'Group'.", {
        canonicalValues: ['User'],
        mutability: 'immutable',
      }),
      text('display', 'A human-readable name for the group member, primarily used for display purposes.', {
        mutability: 'readOnly',
      }),
    ],
  }),
];
