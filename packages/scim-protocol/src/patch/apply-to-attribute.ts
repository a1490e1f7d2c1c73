import { isDeepStrictEqual } from 'node:util';

import { isObject } from '../filter/evaluate.ts';
import type { JsonValue } from '../json.ts';
import type { AttributeReference } from '../schemas/attribute.ts';
import { changeValues } from './change-values.ts';
import { mergeParts, withPart } from './merge-parts.ts';
import type { UserOperation } from './patch-operation.ts';

export interface Applied {
  /** Undefined where the attribute has no value any more. */
  value: JsonValue | undefined;
  isChanged: boolean;
}

/**
 * One operation on what is stored of its attribute; `current` stays as it is (RFC 7644 §3.5.2.1 to §3.5.2.3).
 * @throws ScimError `noTarget` where no value fits the filter of a `replace`; `invalidValue` for too many values
 */
export function applyToAttribute(current: JsonValue | undefined, operation: UserOperation): Applied {
  const value = changeStored(current, operation);
  return { value, isChanged: !isDeepStrictEqual(current ?? undefined, value) };
}

function changeStored(current: JsonValue | undefined, operation: UserOperation): JsonValue | undefined {
  const { reference } = operation;
  if (!reference.stored.includes(':')) return changeAttribute(current, operation, reference);
  if (reference.attribute === null) return operation.op === 'remove' ? undefined : current;
  const extension = isObject(current) ? current : {};
  const { name } = reference.attribute;
  return withPart(extension, name, changeAttribute(extension[name], operation, reference));
}

function changeAttribute(
  current: JsonValue | undefined,
  operation: UserOperation,
  { attribute, sub }: AttributeReference,
): JsonValue | undefined {
  if (attribute === null) return current;
  if (attribute.multiValued) return changeValues(current, operation, attribute);
  if (sub !== null) return withPart(isObject(current) ? current : {}, sub.name, operation.value);
  return attribute.type === 'complex' ? changeComplex(current, operation) : operation.value;
}

/** Sub-attributes that are not named stay (RFC 7644 §3.5.2.3). */
function changeComplex(current: JsonValue | undefined, { op, value }: UserOperation): JsonValue | undefined {
  if (op === 'remove' || !isObject(value)) return undefined;
  return mergeParts(isObject(current) ? current : {}, value);
}
