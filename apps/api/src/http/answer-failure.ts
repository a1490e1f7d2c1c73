import { z } from 'zod';

import { refuse, type Answer } from './answer.ts';

/**
 * SQLSTATEs that say nothing about the request: connection lost or not let in, no database or no schema yet, a deadlock
 * that was broken, no room, shutting down, disk trouble.
 */
const passing = /^(?:08|28|3D|40|42P01|53|57|58)/;
const sockets = new Set(['ECONNREFUSED', 'ECONNRESET', 'ETIMEDOUT', 'EPIPE', 'ENOTFOUND', 'EHOSTUNREACH', 'EAI_AGAIN']);
/** node-postgres gives these no code. */
const withoutCode =
  /^(?:timeout exceeded when trying to connect|Connection terminated|Client has encountered a connection error)/;

const failure = z.union([
  z.object({ code: z.string().refine((code) => passing.test(code) || sockets.has(code)) }),
  z.object({ message: z.string().regex(withoutCode) }),
]);

/** What the caller of a failed request is told: 503 when the database is away, else 500; nothing of the failure itself. */
export function answerFailure(error: unknown): Answer {
  const isAway =
    failure.safeParse(error).success ||
    (error instanceof AggregateError && error.errors.some((one) => failure.safeParse(one).success));
  if (isAway)
    return refuse('unavailable', 'The database does not answer. Send the request again, with its Idempotency-Key.', {
      headers: { 'retry-after': '5' },
    });
  return refuse(
    'internal',
    'This is a fault of ours, and it is logged. With an Idempotency-Key the request can be sent again safely.',
  );
}
