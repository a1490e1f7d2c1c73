import { isList, isObject } from '../filter/evaluate.ts';
import type { JsonObject, JsonValue } from '../json.ts';
import type { AttributeReference, ResourceTypeName } from '../schemas/attribute.ts';
import { findReference } from '../schemas/find-reference.ts';

/** Which attributes an answer has (RFC 7644 §3.9). */
export interface Projection {
  /** Null for those that are returned by default. */
  only: readonly AttributeReference[] | null;
  except: readonly AttributeReference[];
}

export const wholeResource: Projection = { only: null, except: [] };

export const isWholeResource = ({ only, except }: Projection): boolean => only === null && except.length === 0;

interface NamedAttributes {
  attributes?: readonly string[] | undefined;
  excludedAttributes?: readonly string[] | undefined;
}

/** Names that no schema has are ignored: a client asks many servers for the same. Where a request has both, both count. */
export function readProjection(
  { attributes, excludedAttributes }: NamedAttributes,
  resourceType: ResourceTypeName,
): Projection {
  const find = (names: readonly string[]): AttributeReference[] =>
    names.map((name) => findReference(name.trim(), resourceType)).filter((reference) => reference !== null);
  return {
    only: attributes === undefined ? null : find(attributes),
    except: find(excludedAttributes ?? []),
  };
}

/** Whether an answer can have anything of a stored attribute, so that the others are not read. */
export function isProjected({ only, except }: Projection, stored: string): boolean {
  if (isAlways(stored)) return true;
  if (only !== null && !only.some((reference) => reference.stored === stored)) return false;
  return !except.some((reference) => reference.stored === stored && isWhole(reference));
}

/** A resource without what was not asked for. `id` and `schemas` are there always, and a password never. */
export function project(resource: JsonObject, projection: Projection): JsonObject {
  if (isWholeResource(projection)) return resource;
  const { only, except } = projection;
  const entries = Object.entries(resource).flatMap(([name, value]): [string, JsonValue][] => {
    if (isAlways(name)) return [[name, value]];
    const picked = only === null ? value : pick(value, pathsOf(only, name));
    const left = picked === undefined ? undefined : omit(picked, pathsOf(except, name));
    return left === undefined ? [] : [[name, left]];
  });
  return Object.fromEntries(entries);
}

const always: ReadonlySet<string> = new Set(['id', 'schemas']);

const isAlways = (stored: string): boolean => always.has(stored);

const isWhole = (reference: AttributeReference): boolean => pathOf(reference).length === 0;

type Path = readonly string[];

/** What a reference names below what is stored. */
const pathOf = ({ stored, attribute, sub }: AttributeReference): Path =>
  [stored.includes(':') ? attribute?.name : undefined, sub?.name].filter((name) => name !== undefined);

const pathsOf = (references: readonly AttributeReference[], stored: string): Path[] =>
  references.filter((reference) => reference.stored === stored).map(pathOf);

function pick(value: JsonValue, paths: readonly Path[]): JsonValue | undefined {
  if (paths.some((path) => path.length === 0)) return value;
  if (paths.length === 0) return undefined;
  return mapParts(value, (name, part) => pick(part, below(paths, name)));
}

function omit(value: JsonValue, paths: readonly Path[]): JsonValue | undefined {
  if (paths.some((path) => path.length === 0)) return undefined;
  return paths.length === 0 ? value : mapParts(value, (name, part) => omit(part, below(paths, name)));
}

const below = (paths: readonly Path[], name: string): Path[] =>
  paths.filter(([first]) => first === name).map((path) => path.slice(1));

/** What has no part left is left out. */
function mapParts(
  value: JsonValue,
  map: (name: string, part: JsonValue) => JsonValue | undefined,
): JsonValue | undefined {
  if (isList(value)) {
    const elements = value.map((element) => mapParts(element, map)).filter((element) => element !== undefined);
    return elements.length === 0 ? undefined : elements;
  }
  if (!isObject(value)) return undefined;
  const parts = Object.entries(value).flatMap(([name, part]): [string, JsonValue][] => {
    const mapped = map(name, part);
    return mapped === undefined ? [] : [[name, mapped]];
  });
  return parts.length === 0 ? undefined : Object.fromEntries(parts);
}
