import type { RequestHandler } from 'express';
import type { Pool } from 'pg';
import { z } from 'zod';

import { optionalNote } from '../address/field-text.ts';
import type { Context } from '../context.ts';
import { organizationOf } from '../http/handler.ts';

/**
 * `created`, `refused` (4xx), `failed` (5xx), or `unanswered`: the connection closed before the response, and only the
 * list of orders shows whether there is one.
 */
type Outcome = 'created' | 'refused' | 'failed' | 'unanswered';

const loggedRequest = z.object({
  organization: z.string().nullable(),
  reference: z.string().nullable(),
  startedAt: z.date(),
  endedAt: z.date().nullable(),
  outcome: z.string().nullable(),
  status: z.number().nullable(),
});
type LoggedRequest = z.infer<typeof loggedRequest>;

export interface RequestLog {
  /** Records a request that would create an order, before any other handler. */
  record: RequestHandler;
  list: () => Promise<LoggedRequest[]>;
  clear: () => Promise<void>;
}

const referenceOf = z.object({ customer_reference: optionalNote(50) }).catch({ customer_reference: '' });

/** The provider's log of order requests: organization, time and outcome, and of the order itself only the reference. */
export function createRequestLog(context: Context): RequestLog {
  const writing = new Set<Promise<void>>();
  const record: RequestHandler = async (request, response, next) => {
    const organization = organizationOf(context, request.headers.authorization)?.name ?? null;
    const { customer_reference: reference } = referenceOf.parse(request.body);
    const inserted = insert(context, { organization, reference: reference === '' ? null : reference });
    response.once('close', () => {
      const status = response.writableFinished ? response.statusCode : null;
      const written = inserted
        .then((position) => recordOutcome(context, position, status))
        .catch((error: unknown) =>
          context.logger.error({ err: error }, 'the outcome of an order request was not recorded'),
        )
        .finally(() => writing.delete(written));
      writing.add(written);
    });
    await inserted;
    next();
  };
  return {
    record,
    list: async () => {
      await Promise.all(writing);
      return readLog(context.pool);
    },
    clear: async () => {
      await Promise.all(writing);
      await context.pool.query('delete from order_requests');
    },
  };
}

const insertedRow = z.object({ position: z.string() });

async function insert(context: Context, entry: Pick<LoggedRequest, 'organization' | 'reference'>): Promise<string> {
  const { rows } = await context.pool.query(
    'insert into order_requests (organization, reference, started_at) values ($1, $2, $3) returning position',
    [entry.organization, entry.reference, new Date(context.nowMs())],
  );
  return insertedRow.parse(rows[0]).position;
}

async function recordOutcome(context: Context, position: string, status: number | null): Promise<void> {
  await context.pool.query('update order_requests set ended_at = $2, outcome = $3, status = $4 where position = $1', [
    position,
    new Date(context.nowMs()),
    outcomeOf(status),
    status,
  ]);
}

function outcomeOf(status: number | null): Outcome {
  if (status === null) return 'unanswered';
  if (status < 400) return 'created';
  return status < 500 ? 'refused' : 'failed';
}

async function readLog(pool: Pool): Promise<LoggedRequest[]> {
  const { rows } = await pool.query(
    `select organization, reference, started_at as "startedAt", ended_at as "endedAt", outcome, status
     from order_requests order by started_at, position`,
  );
  return z.array(loggedRequest).parse(rows);
}
