import { isList, isObject, type ReadStored } from '../filter/evaluate.ts';
import type { JsonObject, JsonValue } from '../json.ts';

/** A plain SCIM resource as what is stored of it. */
export const readerOf =
  (resource: JsonObject): ReadStored =>
  ({ stored }) =>
    Object.hasOwn(resource, stored) ? resource[stored] : undefined;

export const part = (value: JsonValue | undefined): JsonObject => (isObject(value) ? value : {});

export const list = (value: JsonValue | undefined): readonly JsonObject[] =>
  value !== undefined && isList(value) ? value.filter(isObject) : [];
