import { parsePath } from '../filter/parse-filter.ts';
import type { JsonValue } from '../json.ts';
import { chooseValue } from './choose-value.ts';
import { mappingInUse } from './default-mapping.ts';
import type { MappedPath } from './mapped-path.ts';

/** A stored attribute's value; undefined for none. */
export type ReadAttribute = (stored: string) => JsonValue | undefined;

/**
 * A person's profile as a connection's mapping makes it of what is stored. Where several rows fill one field, the first one
 * with a value does.
 * @param fields those that may be filled: rows with another target fill nothing
 * @throws ScimError `invalidPath` for a row that `checkPath` would have refused
 */
export function mapPerson<Field extends string>(
  mapping: readonly MappedPath[],
  fields: readonly Field[],
  read: ReadAttribute,
): Readonly<Partial<Record<Field, string>>> {
  const profile: Partial<Record<Field, string>> = {};
  for (const { path, target } of mappingInUse(mapping)) {
    const field = fields.find((name) => name === target);
    if (field === undefined || profile[field] !== undefined) continue;
    const parsed = parsePath(path, 'User');
    const value = chooseValue(parsed, read(parsed.reference.stored));
    if (value !== null) profile[field] = value;
  }
  return profile;
}

/** The stored attributes that `mapPerson` reads: the others need not be unsealed. */
export function attributesToMap(mapping: readonly MappedPath[], fields: readonly string[]): readonly string[] {
  const rows = mappingInUse(mapping).filter(({ target }) => target !== null && fields.includes(target));
  return [...new Set(rows.map(({ path }) => parsePath(path, 'User').reference.stored))];
}
