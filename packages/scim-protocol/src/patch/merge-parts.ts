import type { JsonObject, JsonValue } from '../json.ts';

/** The parts of `changes` in place of those of the same name; null takes one away. Undefined where none is left. */
export function mergeParts(current: JsonObject, changes: JsonObject): JsonObject | undefined {
  const entries = Object.entries({ ...current, ...changes }).filter(([, part]) => part !== null);
  return entries.length === 0 ? undefined : Object.fromEntries(entries);
}

export const withPart = (current: JsonObject, name: string, part: JsonValue | undefined): JsonObject | undefined =>
  mergeParts(current, { [name]: part ?? null });
