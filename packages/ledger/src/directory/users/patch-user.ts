import { applyToAttribute } from '@keycourier/scim-protocol/patch/apply-to-attribute';
import type { UserOperation } from '@keycourier/scim-protocol/patch/patch-operation';

import type { Refusal } from '../refusal.ts';
import { ownerOf, type Scope } from '../scope.ts';
import { applyToPerson, type AppliedChange, type PersonChange } from './apply-to-person.ts';
import { readAttributes, type Attributes } from './attributes.ts';
import { lockPerson, type LockedPerson, type PersonToLock } from './lock-person.ts';

/**
 * PATCH: applies operations in their order under the row's lock, all or none. Only the attributes that they name are read.
 * @throws ScimError `noTarget` or `invalidValue`, where an operation does not fit what is stored; nothing is written then
 */
export async function patchUser(
  scope: Scope,
  toLock: PersonToLock,
  operations: readonly UserOperation[],
): Promise<AppliedChange | Refusal> {
  const locked = await lockPerson(scope, toLock);
  if (locked.outcome === 'refused') return locked;
  const names = [...new Set(operations.map(({ reference }) => reference.stored))].filter((name) => name !== 'active');
  const current = await readNamed(scope, locked.person, names);
  return applyToPerson(scope, locked.person, changeOf(current, operations));
}

async function readNamed(scope: Scope, person: LockedPerson, names: readonly string[]): Promise<Attributes> {
  // Another connection's externalId is not there (RFC 7643 §3.1).
  const visible = person.owner === ownerOf(scope.origin) ? names : names.filter((name) => name !== 'externalId');
  const none: Attributes = new Map();
  return visible.length === 0 ? none : ((await readAttributes(scope, [person.id], visible)).get(person.id) ?? none);
}

function changeOf(current: Attributes, operations: readonly UserOperation[]): PersonChange {
  const set = new Map(current);
  let active: boolean | undefined;
  for (const operation of operations) {
    const { stored } = operation.reference;
    if (stored === 'active') {
      if (typeof operation.value === 'boolean') active = operation.value;
      continue;
    }
    const { value } = applyToAttribute(set.get(stored), operation);
    if (value === undefined || value === null) set.delete(stored);
    else set.set(stored, value);
  }
  return { set, remove: { only: [...current.keys()].filter((name) => !set.has(name)) }, active };
}
