import type { RequestHandler } from 'express';
import type { Pool } from 'pg';
import { z } from 'zod';

import { optionalNote } from '../address/field-text.ts';
import type { Context } from '../context.ts';
import { organizationOf } from '../http/authenticate.ts';

/**
 * `created`, `refused` (4xx), `failed` (5xx), or `unanswered`: the connection was gone before the answer, and only the
 * list of orders says whether there is one.
 */
type Outcome = 'created' | 'refused' | 'failed' | 'unanswered';

const accountRow = z.object({
  organization: z.string().nullable(),
  reference: z.string().nullable(),
  startedAt: z.date(),
  endedAt: z.date().nullable(),
  outcome: z.string().nullable(),
  status: z.number().nullable(),
});

export interface RequestAccount {
  /** Notes a request that would create an order, before anything else looks at it. */
  record: RequestHandler;
  list: () => Promise<z.infer<typeof accountRow>[]>;
  clear: () => Promise<void>;
}

const referenceOf = z.object({ customer_reference: optionalNote(50) }).catch({ customer_reference: '' });

/** The provider's own account of who asked for orders, and when; of the order itself it holds the reference alone. */
export function createRequestAccount(context: Context): RequestAccount {
  const writing = new Set<Promise<void>>();
  const record: RequestHandler = async (request, response, next) => {
    const organization = organizationOf(context, request.headers.authorization)?.name ?? null;
    const { customer_reference: reference } = referenceOf.parse(request.body);
    const opening = open(context, { organization, reference: reference === '' ? null : reference });
    response.once('close', () => {
      const status = response.writableFinished ? response.statusCode : null;
      const written = opening
        .then((position) => close(context, position, status))
        .catch((error: unknown) => context.logger.error({ err: error }, 'the end of an order request was not recorded'))
        .finally(() => writing.delete(written));
      writing.add(written);
    });
    await opening;
    next();
  };
  return {
    record,
    list: async () => {
      await Promise.all(writing);
      return readAccount(context.pool);
    },
    clear: async () => {
      await Promise.all(writing);
      await context.pool.query('delete from order_requests');
    },
  };
}

const opened = z.object({ position: z.string() });

async function open(
  context: Context,
  entry: { organization: string | null; reference: string | null },
): Promise<string> {
  const { rows } = await context.pool.query(
    'insert into order_requests (organization, reference, started_at) values ($1, $2, $3) returning position',
    [entry.organization, entry.reference, new Date(context.nowMs())],
  );
  return opened.parse(rows[0]).position;
}

async function close(context: Context, position: string, status: number | null): Promise<void> {
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

async function readAccount(pool: Pool): Promise<z.infer<typeof accountRow>[]> {
  const { rows } = await pool.query(
    `select organization, reference, started_at as "startedAt", ended_at as "endedAt", outcome, status
     from order_requests order by started_at, position`,
  );
  return z.array(accountRow).parse(rows);
}
