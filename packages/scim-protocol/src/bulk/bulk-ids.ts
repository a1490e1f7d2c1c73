import { isList, isObject } from '../filter/evaluate.ts';
import type { JsonValue } from '../json.ts';
import { ScimError } from '../scim-error.ts';
import type { BulkTarget } from './bulk-operation.ts';

const wholeReference = /^bulkId:(.+)$/s;
const referencesInPath = /"bulkId:([^"\\]+)"/g;

/** The bulkIds that an operation names: in its path, as values of its data, and in value filters of a PATCH. */
export function bulkIdsIn({ id, data }: BulkTarget): ReadonlySet<string> {
  const found = new Set<string>();
  mapReferences(data ?? null, (bulkId) => {
    found.add(bulkId);
    return bulkId;
  });
  const [, ofPath] = wholeReference.exec(id ?? '') ?? [];
  if (ofPath !== undefined) found.add(ofPath);
  return found;
}

/**
 * The operation with ids in place of bulkIds. `resolve` returns the id of what the operation with a bulkId made, and null where it
 * made nothing. @throws ScimError 409 for that
 */
export function resolveBulkIds(target: BulkTarget, resolve: (bulkId: string) => string | null): BulkTarget {
  const idOf = (bulkId: string): string => {
    const id = resolve(bulkId);
    if (id === null)
      throw new ScimError(
        'The operation names the bulkId of an operation that made no resource: send it again when that one has succeeded.',
        { status: 409 },
      );
    return id;
  };
  const [, ofPath] = wholeReference.exec(target.id ?? '') ?? [];
  return {
    ...target,
    id: ofPath === undefined ? target.id : idOf(ofPath),
    data: target.data === undefined ? undefined : mapReferences(target.data, idOf),
  };
}

/** References stand where an id would: as an element, or as a `value`. A display name that looks like one is none. */
function mapReferences(value: JsonValue, idOf: (bulkId: string) => string): JsonValue {
  if (isList(value)) return value.map((element) => mapText(element, idOf));
  if (!isObject(value)) return value;
  const entries = Object.entries(value).map(([name, part]): [string, JsonValue] => {
    const folded = name.toLowerCase();
    if (folded === 'value' || folded === 'manager' || folded.endsWith(':manager')) return [name, mapText(part, idOf)];
    return [name, folded === 'path' && typeof part === 'string' ? mapPath(part, idOf) : mapReferences(part, idOf)];
  });
  return Object.fromEntries(entries);
}

function mapText(value: JsonValue, idOf: (bulkId: string) => string): JsonValue {
  if (typeof value !== 'string') return mapReferences(value, idOf);
  const [, bulkId] = wholeReference.exec(value) ?? [];
  return bulkId === undefined ? value : idOf(bulkId);
}

const mapPath = (path: string, idOf: (bulkId: string) => string): string =>
  path.replaceAll(referencesInPath, (_, bulkId: string) => JSON.stringify(idOf(bulkId)));
