import { z } from 'zod';

import { isList, isObject } from '../filter/evaluate.ts';
import type { JsonValue } from '../json.ts';
import { requireMessage } from '../messages.ts';
import { foldName } from '../schemas/find-reference.ts';
import { badRequest, ScimError, type ScimType } from '../scim-error.ts';
import type { BulkOperation, BulkPlan, BulkTarget } from './bulk-operation.ts';
import { bulkLimits } from './limits.ts';
import { orderOperations } from './order-operations.ts';

const bulkRequestUrn = 'urn:ietf:params:scim:api:messages:2.0:BulkRequest';
const patchOpUrn = 'urn:ietf:params:scim:api:messages:2.0:PatchOp';

/**
 * A BulkRequest as a plan (RFC 7644 §3.7). Operations may name bulkIds of later ones. Those that name each other in a circle are
 * answered 409 (§3.7.1), each for itself, as is an operation with a fault of its own.
 * @throws ScimError for a fault of the whole; 413 for too many operations
 */
export function readBulk(body: JsonValue | undefined): BulkPlan {
  const message = requireMessage(body, bulkRequestUrn);
  const operations = message.get('operations') ?? null;
  if (!isList(operations) || operations.length === 0)
    throw badRequest('invalidSyntax', '"Operations" has to be a list of at least one operation.');
  const { maxOperations } = bulkLimits;
  if (operations.length > maxOperations)
    throw new ScimError(
      `The number of bulk operations exceeds maxOperations (${maxOperations}): send the others in further requests.`,
      { status: 413 },
    );
  return {
    failOnErrors: readFailOnErrors(message.get('failonerrors')),
    operations: orderOperations(readAll(operations)),
  };
}

/** The refusal of a BulkRequest whose body is larger than it may be, in the RFC's words (RFC 7644 §3.7.4). */
export const bulkTooLarge = (): ScimError =>
  new ScimError(`The size of the bulk operation exceeds the maxPayloadSize (${bulkLimits.maxPayloadSize}).`, {
    status: 413,
  });

function readFailOnErrors(value: JsonValue | undefined): number | null {
  if (value === undefined || value === null) return null;
  const parsed = z.int().min(1).safeParse(value);
  if (!parsed.success) throw badRequest('invalidValue', 'failOnErrors has to be a whole number, 1 or more.');
  return parsed.data;
}

function readAll(operations: readonly JsonValue[]): BulkOperation[] {
  const seen = new Set<string>();
  return operations.map((raw, index) => {
    const members = isObject(raw) ? new Map(Object.entries(raw).map(([name, part]) => [foldName(name), part])) : null;
    const [method, bulkId] = [textOf(members?.get('method')), textOf(members?.get('bulkid'))];
    const line = { index, method: method === null || !isMethod(method) ? null : method.toUpperCase(), bulkId };
    try {
      if (members === null)
        throw refuse(
          'invalidSyntax',
          'Each element of "Operations" has to be an object with "method", "path" and "data".',
        );
      const target = readTarget(members, method);
      if (bulkId !== null && seen.has(bulkId))
        throw refuse('invalidValue', 'Two operations have the same bulkId, which has to be unique in the request.');
      if (bulkId !== null) seen.add(bulkId);
      return { ...line, target, refusal: null };
    } catch (error) {
      if (!(error instanceof ScimError)) throw error;
      return { ...line, target: null, refusal: error };
    }
  });
}

const refuse = (scimType: ScimType, detail: string): ScimError => badRequest(scimType, detail);

const textOf = (value: JsonValue | undefined): string | null =>
  typeof value === 'string' && value.length <= 200 ? value : null;

const methods = z
  .string()
  .toUpperCase()
  .pipe(z.enum(['POST', 'PUT', 'PATCH', 'DELETE']));

const isMethod = (method: string): boolean => methods.safeParse(method).success;

const paths = /^\/(Users|Groups)(?:\/([^/?#]+))?\/?$/;

function readTarget(members: ReadonlyMap<string, JsonValue>, raw: string | null): BulkTarget {
  const method = methods.safeParse(raw);
  if (!method.success) throw refuse('invalidSyntax', 'An operation needs "method": POST, PUT, PATCH or DELETE.');
  const [, endpoint, id = null] = paths.exec(textOf(members.get('path')) ?? '') ?? [];
  if (endpoint === undefined)
    throw refuse('invalidPath', 'An operation needs "path": /Users or /Groups, or one of these with an id.');
  const isPost = method.data === 'POST';
  if (isPost && textOf(members.get('bulkid')) === null)
    throw refuse('invalidSyntax', 'A POST in bulk needs a "bulkId".');
  if (isPost !== (id === null))
    throw refuse(
      'invalidPath',
      isPost
        ? 'The "path" of a POST has to be /Users or /Groups, without an id.'
        : `The "path" of a ${method.data} has to have an id, as in /Users/{id}.`,
    );
  const data = members.get('data') ?? undefined;
  if (method.data !== 'DELETE' && data === undefined)
    throw refuse(
      'invalidSyntax',
      `A ${method.data} needs "data", which is ${method.data === 'PATCH' ? 'its operations' : 'the resource'}.`,
    );
  return {
    method: method.data,
    resourceType: endpoint === 'Users' ? 'User' : 'Group',
    id,
    version: textOf(members.get('version')),
    data: method.data === 'PATCH' ? asPatch(data) : data,
  };
}

/** An example of the RFC's (§3.7.3) has the bare list of operations as the data of a PATCH. */
const asPatch = (data: JsonValue | undefined): JsonValue | undefined =>
  data !== undefined && isList(data) ? { schemas: [patchOpUrn], Operations: data } : data;
