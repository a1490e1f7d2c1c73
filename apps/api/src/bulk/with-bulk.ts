import type { Answer } from '@keycourier/http/answer';
import type { BulkAction } from '@keycourier/ledger/bulk/bulk-action';
import { readBulkAction } from '@keycourier/ledger/bulk/bulk-actions';
import { z } from 'zod';

import type { Context } from '../context.ts';
import type { Caller } from '../endpoint.ts';
import { refuse } from '../problems.ts';
import { isIdOf } from '../shipments/query-fields.ts';

export const bulkParams = z.object({
  id: z.string().meta({ description: 'The id of an action on a filter', example: 'blk_01kab3v6d2m8zq4w0xrt5y7n9c' }),
});

/** Reads the action in the path. Another tenant's is a 404, like one that does not exist. */
export function withBulk<Request extends { params: Readonly<Record<string, string>> }>(
  handle: (context: Context, about: { caller: Caller; found: BulkAction; request: Request }) => Promise<Answer>,
) {
  return async (context: Context, caller: Caller, request: Request): Promise<Answer> => {
    const id = request.params['id'] ?? '';
    const found = isIdOf('blk', id) ? await readBulkAction(context.ledger, caller.tenant.name, id) : null;
    return found === null
      ? refuse('not_found', 'There is no action on a filter with this id.')
      : handle(context, { caller, found, request });
  };
}
