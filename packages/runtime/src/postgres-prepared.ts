import { createHash } from 'node:crypto';

import type { PoolClient } from 'pg';

/** At the start of a statement that is to be prepared. */
export const preparedMark = '/* prepared */';

/** Statements that a connection keeps; further ones are parsed each time. */
export const maxPreparedStatements = 200;

/** By text, for all connections of this process. */
const preparedNames = new Map<string, string>();

/** The name under which a statement is prepared; undefined for one that is not. */
export function preparedNameOf(text: string): string | undefined {
  if (!text.startsWith(preparedMark)) return undefined;
  const known = preparedNames.get(text);
  if (known !== undefined || preparedNames.size >= maxPreparedStatements) return known;
  const name = createHash('sha256').update(text).digest('base64url').slice(0, 32);
  preparedNames.set(text, name);
  return name;
}

/** node-postgres prepares a statement that has a name, once for each connection. */
export function prepareMarked(client: PoolClient): void {
  const query: unknown = client.query;
  if (typeof query !== 'function') return;
  const named = (text: unknown, ...others: unknown[]): unknown => {
    const name = typeof text === 'string' ? preparedNameOf(text) : undefined;
    if (name === undefined) return Reflect.apply(query, client, [text, ...others]);
    return Reflect.apply(query, client, [{ name, text }, ...others]);
  };
  Reflect.set(client, 'query', named);
}
