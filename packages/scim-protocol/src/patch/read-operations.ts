import { z } from 'zod';

import { isList } from '../filter/evaluate.ts';
import type { JsonValue } from '../json.ts';
import { requireMessage } from '../messages.ts';
import { foldName } from '../schemas/find-reference.ts';
import { badRequest } from '../scim-error.ts';

const patchOpUrn = 'urn:ietf:params:scim:api:messages:2.0:PatchOp';

export interface RawOperation {
  op: 'add' | 'replace' | 'remove';
  path: string | null;
  value: JsonValue | undefined;
}

// Entra writes `Add`; a path may be null or empty where there is none.
const operation = z.object({
  op: z
    .string()
    .transform((op) => op.toLowerCase())
    .pipe(z.enum(['add', 'replace', 'remove'])),
  path: z
    .string()
    .nullish()
    .transform((path) => (path === undefined || path === null || path.trim() === '' ? null : path)),
});

/** The operations of a PATCH, as they are written (RFC 7644 §3.5.2). @throws ScimError `invalidSyntax` */
export function readOperations(body: JsonValue | undefined): RawOperation[] {
  const operations = requireMessage(body, patchOpUrn).get('operations') ?? null;
  if (!isList(operations) || operations.length === 0)
    throw badRequest('invalidSyntax', '"Operations" has to be a list of at least one operation.');
  return operations.map(readOperation);
}

function readOperation(raw: JsonValue): RawOperation {
  if (typeof raw !== 'object' || raw === null || isList(raw))
    throw badRequest(
      'invalidSyntax',
      'Each element of "Operations" has to be an object with "op", "path" and "value".',
    );
  const members = new Map(Object.entries(raw).map(([name, value]) => [foldName(name), value]));
  const parsed = operation.safeParse({ op: members.get('op'), path: members.get('path') });
  if (!parsed.success)
    throw badRequest(
      'invalidSyntax',
      'An operation needs "op", one of add, replace and remove, and its "path" has to be text.',
    );
  const value = members.get('value');
  if (parsed.data.op === 'remove' && parsed.data.path === null)
    throw badRequest('noTarget', 'A remove operation needs a "path": name the attribute to remove.');
  if (parsed.data.op !== 'remove' && value === undefined)
    throw badRequest('invalidValue', `A${parsed.data.op === 'add' ? 'n add' : ' replace'} operation needs a "value".`);
  return { ...parsed.data, value };
}
