import { comparable, isList, isObject } from '../filter/evaluate.ts';
import { isStorable, readBoolean } from '../filter/operand.ts';
import type { JsonObject, JsonValue } from '../json.ts';
import type { Attribute } from '../schemas/attribute.ts';
import { readDateTime } from '../schemas/date-time.ts';
import { foldName } from '../schemas/find-reference.ts';
import { badRequest, type ScimError } from '../scim-error.ts';
import type { Ignored } from './ignored.ts';
import { valueLimits } from './value-limits.ts';

/** What is read: the name is the one that an administrator finds in an error. */
export interface Reading {
  name: string;
  ignored: Ignored;
}

/**
 * A value as it is stored: names spelled as the schema does, "True" a boolean, without what is readOnly, unknown, null, empty or
 * there twice. Undefined where nothing is left: null, an empty list and an empty text are no value (RFC 7643 §2.5).
 * @throws ScimError `invalidValue`
 */
export function readValue(attribute: Attribute, value: JsonValue, reading: Reading): JsonValue | undefined {
  if (isEmpty(value)) return undefined;
  if (attribute.multiValued) return readList(attribute, value, reading);
  return attribute.type === 'complex' ? readComplex(attribute, value, reading) : readSimple(attribute, value, reading);
}

export const isEmpty = (value: JsonValue): boolean =>
  value === null || value === '' || (typeof value === 'object' && Object.keys(value).length === 0);

export const invalidValue = (detail: string): ScimError => badRequest('invalidValue', detail);

function readList(attribute: Attribute, value: JsonValue, reading: Reading): JsonValue | undefined {
  const elements = isList(value) ? value : [value];
  if (elements.length > valueLimits.values) throw tooManyValues(reading.name);
  const read = elements.map((element) => readValue({ ...attribute, multiValued: false }, element, reading));
  return finishList(attribute, read.filter(isObject), reading.name);
}

/** A list of values as it may be stored: without empty values and repetitions, and with one primary value at most. */
export function finishList(
  attribute: Attribute,
  values: readonly JsonObject[],
  name: string,
): readonly JsonObject[] | undefined {
  const kept = withoutRepetitions(
    attribute,
    values.filter((value) => !isBare(value)),
  );
  if (kept.filter(isPrimary).length > 1)
    throw invalidValue(`${name} has several values with "primary": true: mark one at most as primary.`);
  if (kept.length > valueLimits.values) throw tooManyValues(name);
  return kept.length === 0 ? undefined : kept;
}

const tooManyValues = (name: string): ScimError =>
  invalidValue(`${name} has more than ${valueLimits.values} values: send fewer.`);

export const isPrimary = (value: JsonObject): boolean => value['primary'] === true;

const labels: ReadonlySet<string> = new Set(['type', 'primary', 'display']);

/** Okta empties a value and leaves its type: such a rest is no value. */
const isBare = (value: JsonObject): boolean => Object.keys(value).every((name) => labels.has(name));

/** The same value with the same type is there once (RFC 7643 §2.4); what its later mentions say is added to the first. */
function withoutRepetitions(attribute: Attribute, values: readonly JsonObject[]): JsonObject[] {
  const byIdentity = new Map<string, JsonObject>();
  for (const value of values) {
    const identity = identityOf(attribute, value);
    byIdentity.set(identity, { ...byIdentity.get(identity), ...value });
  }
  return [...byIdentity.values()];
}

/** What two values that are the same have in common: value and type, or where there is no value, all but `primary`. */
export function identityOf(attribute: Attribute, value: JsonObject): string {
  const names =
    value['value'] === undefined ? Object.keys(value).filter((name) => name !== 'primary') : ['value', 'type'];
  const parts = names.sort().map((name) => [name, comparableOf(attribute, value, name)]);
  return JSON.stringify(parts);
}

export function comparableOf({ subAttributes = [] }: Attribute, value: JsonObject, name: string): JsonValue {
  const sub = subAttributes.find((known) => known.name === name);
  return sub === undefined ? null : comparable(sub, value[name] ?? null);
}

function readComplex(attribute: Attribute, value: JsonValue, reading: Reading): JsonObject | undefined {
  const entries = Object.entries(readParts(attribute, value, reading)).filter(([, part]) => part !== null);
  return entries.length === 0 ? undefined : Object.fromEntries(entries);
}

/** The sub-attributes of a value; null for one that is taken away. A text stands for `value`: Entra sends a manager so. */
export function readParts(attribute: Attribute, value: JsonValue, { name, ignored }: Reading): JsonObject {
  const subs = attribute.subAttributes ?? [];
  const parts = !isObject(value) && subs.some((sub) => sub.name === 'value') ? { value } : value;
  if (!isObject(parts))
    throw invalidValue(
      `${name} has to be an object: map its sub-attributes, such as ${name}.${subs[0]?.name ?? 'value'}.`,
    );
  const read = new Map<string, JsonValue>();
  for (const [key, part] of Object.entries(parts)) {
    const sub = subs.find((known) => foldName(known.name) === foldName(key));
    if (sub === undefined) ignored.add(`${name}.${key}`);
    else if (read.has(sub.name)) throw invalidValue(`${name}.${sub.name} is sent twice: map it once.`);
    else if (sub.mutability !== 'readOnly')
      read.set(sub.name, readValue(sub, part, { name: `${name}.${sub.name}`, ignored }) ?? null);
  }
  return Object.fromEntries(read);
}

function readSimple({ type }: Attribute, value: JsonValue, { name }: Reading): JsonValue {
  switch (type) {
    case 'boolean':
      return required(readBoolean(value), `${name} has to be true or false.`);
    case 'dateTime':
      return required(
        typeof value === 'string' ? readDateTime(value) : null,
        `${name} has to be a time in ISO 8601, such as 2026-01-31T12:00:00Z.`,
      );
    case 'integer':
    case 'decimal':
      return required(typeof value === 'number' ? value : null, `${name} has to be a number.`);
    case 'reference':
      return readText(value, name, valueLimits.uri);
    case 'binary':
      return readText(value, name, valueLimits.binary);
    case 'string':
    case 'complex':
      return readText(value, name, valueLimits.text);
  }
}

export function readText(value: JsonValue, name: string, characters: number): string {
  if (typeof value !== 'string')
    throw invalidValue(`${name} has to be text: map a value that is neither an object nor a list.`);
  if (value.length > characters)
    throw invalidValue(`${name} is longer than ${characters} characters: shorten it, or map another attribute to it.`);
  if (!isStorable(value))
    throw invalidValue(
      `${name} has a character that cannot be stored (U+0000 or half of a surrogate pair): remove it.`,
    );
  return value;
}

function required<Value>(value: Value | null, otherwise: string): Value {
  if (value === null) throw invalidValue(otherwise);
  return value;
}
