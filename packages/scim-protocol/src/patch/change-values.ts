import { evaluateValue, isList, isObject } from '../filter/evaluate.ts';
import type { JsonObject, JsonValue } from '../json.ts';
import { comparableOf, finishList, identityOf, isPrimary } from '../resources/read-value.ts';
import type { Attribute } from '../schemas/attribute.ts';
import { badRequest, type ScimError } from '../scim-error.ts';
import { mergeParts, withPart } from './merge-parts.ts';
import type { UserOperation } from './patch-operation.ts';
import { valueOfFilter } from './value-of-filter.ts';

/** A value of the list; what an operation touched takes `primary` away from the others. */
interface Slot {
  value: JsonObject;
  isTouched: boolean;
}

/** One operation on a multi-valued attribute. */
export function changeValues(
  current: JsonValue | undefined,
  operation: UserOperation,
  attribute: Attribute,
): JsonValue | undefined {
  const slots = objectsOf(current).map((value) => ({ value, isTouched: false }));
  const changed = change(slots, operation, attribute);
  return finishList(attribute, withOnePrimary(changed), operation.reference.key);
}

function change(slots: Slot[], operation: UserOperation, attribute: Attribute): Slot[] {
  const { reference, filter, op, value } = operation;
  if (filter === null && reference.sub === null) {
    if (op === 'replace') return objectsOf(value).map(touched);
    if (op === 'add') return addValues(slots, objectsOf(value), attribute);
    return value === undefined ? [] : removeValues(slots, objectsOf(value), attribute);
  }
  const isMeant = ({ value: slot }: Slot): boolean => filter === null || evaluateValue(filter, slot);
  if (slots.some(isMeant)) return slots.flatMap((slot) => (isMeant(slot) ? changeOne(slot, operation) : [slot]));
  return addMissing(slots, operation);
}

/** What the filter fits is changed: a sub-attribute of it, or all of it (RFC 7644 §3.5.2.3). */
function changeOne({ value: current }: Slot, { op, reference: { sub }, value }: UserOperation): Slot[] {
  const changed =
    sub !== null
      ? withPart(current, sub.name, op === 'remove' ? undefined : value)
      : op === 'remove' || !isObject(value)
        ? undefined
        : op === 'replace'
          ? value
          : mergeParts(current, value);
  return changed === undefined ? [] : [touched(changed)];
}

/**
 * No value fits. A `replace` with a filter has no target then, while a `remove` has done its work. An `add` makes the value that
 * the filter describes, which Entra expects; so does a `replace` without one, whose target is absent.
 */
function addMissing(slots: Slot[], { op, reference: { key, sub }, filter, value }: UserOperation): Slot[] {
  if (op === 'remove') return slots;
  if (op === 'replace' && filter !== null) throw noTarget(key);
  const described = filter === null ? {} : valueOfFilter(filter);
  if (described === null) throw noTarget(key);
  const parts = sub === null ? value : { [sub.name]: value ?? null };
  const made = isObject(parts) ? mergeParts(described, parts) : undefined;
  return made === undefined ? slots : [...slots, touched(made)];
}

const noTarget = (key: string): ScimError =>
  badRequest(
    'noTarget',
    `No value of ${key} fits the filter of the path: add the value first, or send the whole user again.`,
  );

/** A value that is there already gains what is new of it. */
function addValues(slots: Slot[], values: readonly JsonObject[], attribute: Attribute): Slot[] {
  const added = new Map(values.map((value) => [identityOf(attribute, value), value]));
  const kept = slots.map((slot) => {
    const identity = identityOf(attribute, slot.value);
    const again = added.get(identity);
    added.delete(identity);
    return again === undefined ? slot : touched({ ...again, ...slot.value, ...onlyPrimary(again) });
  });
  return [...kept, ...[...added.values()].map(touched)];
}

/** Letter case apart, the value is the same: it stays as it was written first. */
const onlyPrimary = (value: JsonObject): JsonObject =>
  value['primary'] === undefined ? {} : { primary: value['primary'] };

/** Those are meant that have everything that one of the named values has; how they are displayed does not matter. */
function removeValues(slots: Slot[], named: readonly JsonObject[], attribute: Attribute): Slot[] {
  const isNamed = ({ value }: Slot): boolean =>
    named.some((one) =>
      Object.keys(one)
        .filter((name) => name === 'value' || name === 'type' || one['value'] === undefined)
        .every((name) => comparableOf(attribute, one, name) === comparableOf(attribute, value, name)),
    );
  return slots.filter((slot) => !isNamed(slot));
}

const touched = (value: JsonObject): Slot => ({ value, isTouched: true });

/** A value that becomes the primary one makes each other one no longer so (RFC 7644 §3.5.2). */
function withOnePrimary(slots: readonly Slot[]): JsonObject[] {
  const chosen = slots.findIndex(({ value, isTouched }) => isTouched && isPrimary(value));
  return slots.map(({ value }, index) =>
    chosen !== -1 && index !== chosen && isPrimary(value) ? { ...value, primary: false } : value,
  );
}

const objectsOf = (value: JsonValue | undefined): JsonObject[] =>
  value === undefined ? [] : isList(value) ? value.filter(isObject) : isObject(value) ? [value] : [];
