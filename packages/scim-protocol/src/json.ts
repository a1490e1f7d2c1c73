/** JSON as the runtime's reader returns it: bounded in size and depth, without `__proto__` and its like. */
export type JsonValue = string | number | boolean | null | readonly JsonValue[] | JsonObject;

export interface JsonObject {
  readonly [name: string]: JsonValue;
}
