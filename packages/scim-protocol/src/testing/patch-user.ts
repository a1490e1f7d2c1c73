import type { JsonObject, JsonValue } from '../json.ts';
import { applyToAttribute } from '../patch/apply-to-attribute.ts';
import { readUserPatch } from '../patch/read-patch.ts';

/** A user by stored attribute, as a ledger has it. */
export type StoredAttributes = ReadonlyMap<string, JsonValue>;

/** A PATCH as a ledger applies it: all of its operations, or by an exception none. */
export function patchUser(stored: StoredAttributes, body: JsonValue): { stored: StoredAttributes; isChanged: boolean } {
  const after = new Map(stored);
  let isChanged = false;
  for (const operation of readUserPatch(body)) {
    const name = operation.reference.stored;
    const applied = applyToAttribute(after.get(name), operation);
    isChanged ||= applied.isChanged;
    if (applied.value === undefined) after.delete(name);
    else after.set(name, applied.value);
  }
  return { stored: after, isChanged };
}

export const patchOf = (...operations: readonly JsonValue[]): JsonObject => ({
  schemas: ['urn:ietf:params:scim:api:messages:2.0:PatchOp'],
  Operations: operations,
});
