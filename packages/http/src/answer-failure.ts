import { ShareError } from '@keycourier/runtime/tenant-shares';
import { z } from 'zod';

import { refuse, type Answer } from './answer.ts';

/**
 * SQLSTATEs that have nothing to do with the request: no connection, no database or schema yet, a deadlock, too many
 * connections, shutdown, disk errors, a lock or a statement that took too long.
 */
const transient = /^(?:08|25P03|28|3D|40|42P01|53|55P03|57|58)/;
const sockets = new Set(['ECONNREFUSED', 'ECONNRESET', 'ETIMEDOUT', 'EPIPE', 'ENOTFOUND', 'EHOSTUNREACH', 'EAI_AGAIN']);
/** node-postgres and kysely set no code on these; the last two are of a process that stops. */
const withoutCode =
  /^(?:timeout exceeded when trying to connect|Connection terminated|Client (?:has encountered|was closed)|Query read timeout|Cannot use a pool after calling end|driver has already been destroyed)/;

const failure = z.union([
  z.object({ code: z.string().refine((code) => transient.test(code) || sockets.has(code)) }),
  z.object({ message: z.string().regex(withoutCode) }),
]);

/** Whether an error says that the database is away, or too busy, and nothing about the request. */
export const isUnavailable = (error: unknown): boolean =>
  failure.safeParse(error).success ||
  (error instanceof AggregateError && error.errors.some((one) => failure.safeParse(one).success));

/** The answer to a request that failed: 503 when the database is unavailable, else 500; no details of the failure. */
export function answerFailure(error: unknown): Answer {
  if (error instanceof ShareError && error.code === 'stopping')
    return refuse('unavailable', 'The service is stopping. Retry with the same Idempotency-Key.', {
      headers: { 'retry-after': '1' },
    });
  if (error instanceof ShareError)
    return refuse('too_many_requests', 'Too many requests of this tenant run or wait. Retry, fewer at a time.', {
      headers: { 'retry-after': '1' },
    });
  if (isUnavailable(error))
    return refuse('unavailable', 'The database does not respond. Retry with the same Idempotency-Key.', {
      headers: { 'retry-after': '5' },
    });
  return refuse(
    'internal',
    'This is an error on our side, and it was logged. With an Idempotency-Key it is safe to retry.',
  );
}
