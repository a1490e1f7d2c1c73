import { countTerms } from '../filter/count-terms.ts';
import { isObject } from '../filter/evaluate.ts';
import type { JsonValue } from '../json.ts';
import { collectIgnored, type Ignored } from '../resources/ignored.ts';
import { isEmpty, readParts, readValue } from '../resources/read-value.ts';
import type { Attribute } from '../schemas/attribute.ts';
import { badRequest } from '../scim-error.ts';
import { patchLimits } from './limits.ts';
import type { UserOperation } from './patch-operation.ts';
import { readOperations } from './read-operations.ts';
import { targetsOf, type Target } from './targets.ts';

/**
 * The changes of a PATCH of a user, in their order, each of one stored attribute (RFC 7644 §3.5.2). Null and empty values remove;
 * in a complex value a null removes that sub-attribute alone. What sets a password is left out.
 * @throws ScimError, and then nothing may be changed: a PATCH is atomic
 */
export function readUserPatch(body: JsonValue | undefined): UserOperation[] {
  const operations = readOperations(body);
  const ignored = collectIgnored();
  const targets = operations.flatMap((operation) => targetsOf(operation, 'User', ignored));
  if (operations.length > patchLimits.operations || targets.length > patchLimits.operations)
    throw badRequest(
      'invalidValue',
      `A PATCH can have at most ${patchLimits.operations} operations: send the others in further requests.`,
    );
  const terms = targets.reduce((sum, { path }) => sum + (path.filter === null ? 0 : countTerms(path.filter)), 0);
  if (terms > patchLimits.terms)
    throw badRequest(
      'invalidPath',
      `The filters of a PATCH can have at most ${patchLimits.terms} terms together: send some operations in further requests.`,
    );
  return targets.flatMap((target) => readTarget(target, ignored));
}

function readTarget(target: Target, ignored: Ignored): UserOperation[] {
  const { op, path, value } = target;
  const { attribute } = path.reference;
  if (attribute?.returned === 'never') return [];
  if (attribute === null) return [{ op: 'remove', ...path, value: undefined }];
  if (op === 'remove') return [{ op, ...path, value: readRemoved(attribute, target, ignored) }].map(requireRemovable);
  const read = readTargetValue(attribute, target, ignored);
  if (read !== undefined) return [{ op, ...path, value: read }];
  // To add nothing is no change, nor is a complex value that names no sub-attribute; to replace by nothing is to remove.
  if (op === 'add' || (isObject(value) && !attribute.multiValued)) return [];
  return [requireRemovable({ op: 'remove', ...path, value: undefined })];
}

function readTargetValue(attribute: Attribute, target: Target, ignored: Ignored): JsonValue | undefined {
  const { op, path, value = null } = target;
  const { reference, filter } = path;
  const reading = { name: reference.key, ignored };
  if (isEmpty(value)) return undefined;
  if (reference.sub !== null) return readValue(reference.sub, value, reading);
  if (attribute.type !== 'complex') return readValue(attribute, value, reading);
  if (filter === null && attribute.multiValued) return readValue(attribute, value, reading);
  const parts = readParts(attribute, Array.isArray(value) && value.length === 1 ? value[0] : value, reading);
  // A whole value is replaced, so there is nothing that a null could remove.
  if (filter !== null && op === 'replace') return readValue({ ...attribute, multiValued: false }, parts, reading);
  return isEmpty(parts) ? undefined : parts;
}

/** Entra names the values to remove beside the path of all of them: then it is these alone. */
function readRemoved(attribute: Attribute, { path, value }: Target, ignored: Ignored): JsonValue | undefined {
  const isWhole = attribute.multiValued && path.filter === null && path.reference.sub === null;
  if (!isWhole || value === undefined || value === null) return undefined;
  return readValue(attribute, value, { name: path.reference.key, ignored }) ?? [];
}

/** What a user must have cannot be removed (RFC 7644 §3.5.2.2), and `active` is true or false. */
function requireRemovable(operation: UserOperation): UserOperation {
  const { attribute, sub, key } = operation.reference;
  if (sub === null && (attribute?.required === true || attribute?.name === 'active'))
    throw badRequest(
      'mutability',
      attribute.required
        ? `${key} cannot be removed: a user has to have one.`
        : `${key} cannot be removed: set it to true or false.`,
    );
  return operation;
}
