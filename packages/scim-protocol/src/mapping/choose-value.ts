import { evaluateValue, isList, isObject } from '../filter/evaluate.ts';
import type { PatchPath } from '../filter/parse-filter.ts';
import type { JsonObject, JsonValue } from '../json.ts';

/**
 * The one text that a path stands for in a user, trimmed; null for none. Of several values it is of the primary one, else of
 * the first of type "work", else of the first. Values that say nothing beside their label are passed over, so that all parts
 * of an address are of the same one.
 * @param stored the value of the attribute that `path.reference.stored` names
 */
export function chooseValue({ reference, filter }: PatchPath, stored: JsonValue | undefined): string | null {
  const { attribute, sub } = reference;
  const whole = reference.stored.includes(':') && attribute !== null ? member(stored, attribute.name) : stored;
  if (whole === undefined) return null;
  if (!isList(whole)) return textOf(sub === null ? whole : member(whole, sub.name));
  const chosen = choose(filter === null ? whole : whole.filter((value) => evaluateValue(filter, value)));
  return textOf(member(chosen, sub?.name ?? 'value'));
}

function choose(values: readonly JsonValue[]): JsonObject | undefined {
  const filled = values.filter(isObject).filter(isFilled);
  return filled.find(({ primary }) => primary === true) ?? filled.find(isForWork) ?? filled[0];
}

/** Names of RFC 7643 §2.4 that say what a value is for; the value itself is in the others. */
const labels: ReadonlySet<string> = new Set(['type', 'primary', 'display', '$ref']);

const isFilled = (value: JsonObject): boolean =>
  Object.entries(value).some(([name, part]) => !labels.has(name) && textOf(part) !== null);

const isForWork = ({ type }: JsonObject): boolean => typeof type === 'string' && type.toLowerCase() === 'work';

const member = (value: JsonValue | undefined, name: string): JsonValue | undefined =>
  isObject(value) && Object.hasOwn(value, name) ? value[name] : undefined;

function textOf(value: JsonValue | undefined): string | null {
  const text = typeof value === 'string' ? value.trim() : '';
  return text === '' ? null : text;
}
