import { createHash } from 'node:crypto';

/** At the start of a statement that is to be prepared. */
export const preparedMark = '/* prepared */';

/** Statements that a connection keeps; further ones are parsed each time. */
export const maxPreparedStatements = 200;

/** By text, for all connections of this process. */
const preparedNames = new Map<string, string>();

/** The name under which each connection prepares a statement, once; undefined for one that is not. */
export function preparedNameOf(text: string): string | undefined {
  if (!text.startsWith(preparedMark)) return undefined;
  const known = preparedNames.get(text);
  if (known !== undefined || preparedNames.size >= maxPreparedStatements) return known;
  const name = createHash('sha256').update(text).digest('base64url').slice(0, 32);
  preparedNames.set(text, name);
  return name;
}
