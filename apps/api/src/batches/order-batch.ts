import { json } from '@keycourier/http/contract';
import { bodyRoute, noQuery } from '@keycourier/http/parse-request';
import { countBatch, readBatch } from '@keycourier/ledger/batches/batches';
import { z } from 'zod';

import type { Endpoint } from '../endpoint.ts';
import { refuse } from '../problems.ts';
import { report, reportExample } from './batch-schema.ts';
import { senderOf } from './sender-of.ts';
import { batchParams } from './with-batch.ts';

const body = z.strictObject({
  rows: z
    .enum(['ready', 'all'])
    .default('ready')
    .meta({ description: 'Those that were found without a problem (`ready`), or those that are held, too (`all`)' }),
});

/** The rows of a dry run become shipments, without the file. */
export const orderBatch: Endpoint = {
  contract: {
    name: 'orderBatch',
    summary: 'Order a batch from its dry run',
    description:
      'Once for each dry run, within a day, when all of its rows are checked. Its rows keep their numbers; the profiles are read and checked again. A repeat orders nothing and returns the batch that was ordered. Rows with other addresses than the profile’s need the scope `addresses` too.',
    params: batchParams,
    body: { isRequired: false, content: json(body, { rows: 'ready' }) },
    isOnce: true,
    answers: { 202: { description: 'Accepted and rejected rows', content: json(report, reportExample) } },
    refusals: ['not_found', 'not_a_dry_run', 'check_not_ended', 'check_too_old', 'overrides_forbidden'],
  },
  handler: bodyRoute({ query: noQuery, body: body.prefault({}) }, async (context, caller, request) => {
    const id = request.params['id'] ?? '';
    const { ledger } = context;
    const dryRun = /^bat_[0-9a-z]{26}$/.test(id) ? await readBatch(ledger, caller.tenant.name, id) : null;
    if (dryRun === null) return refuse('not_found', 'There is no batch with this id.');
    if (!dryRun.dryRun) return refuse('not_a_dry_run', 'This batch has ordered keys already.');
    if (((await countBatch(ledger, id))['requested'] ?? 0) > 0)
      return refuse('check_not_ended', 'Some rows are still being checked. Wait until the batch is `done`.');
    const { rows } = request.body;
    const { idempotencyKey } = request;
    return context.writeBatch({
      kind: 'order',
      sender: senderOf(caller),
      once: { apiKeyId: caller.apiKey.id, idempotencyKey, route: `POST /v1/batches/${id}/order`, body: { rows } },
      dryRun,
      withHeld: rows === 'all',
    });
  }),
};
