import type { JsonValue } from '@keycourier/scim-protocol/json';
import { applyToAttribute } from '@keycourier/scim-protocol/patch/apply-to-attribute';
import type { UserOperation } from '@keycourier/scim-protocol/patch/patch-operation';
import { readUserPatch } from '@keycourier/scim-protocol/patch/read-patch';
import type { WrittenUser } from '@keycourier/scim-protocol/resources/resource';
import { enterpriseUrn } from '@keycourier/scim-protocol/schemas/schemas';

import type { PersonFields } from './person-fields.ts';

const work = '[type eq "work"]';

/** Where each field is stored: where the default mapping finds it again. */
const paths = {
  userName: 'userName',
  active: 'active',
  displayName: 'displayName',
  email: `emails${work}.value`,
  firstName: 'name.givenName',
  lastName: 'name.familyName',
  primaryPhone: `phoneNumbers${work}.value`,
  organization: `${enterpriseUrn}:organization`,
  streetAddress: `addresses${work}.streetAddress`,
  city: `addresses${work}.locality`,
  state: `addresses${work}.region`,
  zipCode: `addresses${work}.postalCode`,
  countryCode: `addresses${work}.country`,
} as const satisfies Record<keyof PersonFields, string>;

const names = Object.keys(paths).filter((name): name is keyof PersonFields => Object.hasOwn(paths, name));

/** A change of a person as the operations of a SCIM PATCH; null removes. @throws ScimError for what no person can have */
export function operationsOf(fields: PersonFields): UserOperation[] {
  const operations = names.flatMap((name): JsonValue[] => {
    const value = fields[name];
    if (value === undefined) return [];
    return [value === null ? { op: 'remove', path: paths[name] } : { op: 'add', path: paths[name], value }];
  });
  if (operations.length === 0) return [];
  return readUserPatch({ schemas: ['urn:ietf:params:scim:api:messages:2.0:PatchOp'], Operations: operations });
}

export function toWrittenUser({ userName, ...fields }: PersonFields & { userName: string }): WrittenUser {
  const attributes = new Map<string, JsonValue>([['userName', userName]]);
  for (const operation of operationsOf({ ...fields, active: undefined })) {
    const { stored } = operation.reference;
    const { value } = applyToAttribute(attributes.get(stored), operation);
    if (value !== undefined) attributes.set(stored, value);
  }
  return { userName, externalId: null, active: fields.active, attributes };
}
