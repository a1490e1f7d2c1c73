import { readBatch, type Batch } from '@keycourier/ledger/batches/batches';
import { z } from 'zod';

import type { Caller } from '../access/find-caller.ts';
import type { Context } from '../context.ts';
import { refuse, type Answer } from '../http/answer.ts';

export const batchParams = z.object({
  id: z.string().meta({ description: 'A batch', example: 'bat_01kab3v6d2m8zq4w0xrt5y7n9c' }),
});

const batchId = /^bat_[0-9a-z]{26}$/;

/** Hands over the batch that the path names. One of another tenant's is answered 404 like one that does not exist. */
export function withBatch<ParsedRequest extends { params: Readonly<Record<string, string>> }>(
  handle: (context: Context, batch: Batch, given: ParsedRequest) => Promise<Answer>,
) {
  return async (context: Context, { tenant }: Caller, given: ParsedRequest): Promise<Answer> => {
    const id = given.params['id'] ?? '';
    const batch = batchId.test(id) ? await readBatch(context.ledger, tenant.name, id) : null;
    return batch === null ? refuse('not_found', 'There is no batch with this id.') : handle(context, batch, given);
  };
}
