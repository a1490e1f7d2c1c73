import type { Answer } from '@keycourier/http/answer';
import { readBatch, type Batch } from '@keycourier/ledger/batches/batches';
import { z } from 'zod';

import type { Context } from '../context.ts';
import type { Caller } from '../endpoint.ts';
import { refuse } from '../problems.ts';

export const batchParams = z.object({
  id: z.string().meta({ description: 'The id of a batch', example: 'bat_01kab3v6d2m8zq4w0xrt5y7n9c' }),
});

const batchIdPattern = /^bat_[0-9a-z]{26}$/;

/** Reads the batch in the path. Another tenant's batch is a 404, like one that does not exist. */
export function withBatch<Request extends { params: Readonly<Record<string, string>> }>(
  handle: (context: Context, batch: Batch, request: Request) => Promise<Answer>,
) {
  return async (context: Context, { tenant }: Caller, request: Request): Promise<Answer> => {
    const id = request.params['id'] ?? '';
    const batch = batchIdPattern.test(id) ? await readBatch(context.ledger, tenant.name, id) : null;
    return batch === null ? refuse('not_found', 'There is no batch with this id.') : handle(context, batch, request);
  };
}
