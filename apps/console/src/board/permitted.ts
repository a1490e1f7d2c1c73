import type { BoardOptions } from '@bull-board/api/typings/app';
import { z } from 'zod';

import { shownJob } from './shown-job.ts';

type Hooks = NonNullable<BoardOptions['handlerHooks']>;

/**
 * What an operator may change on the board. Jobs are made by the ledger's outbox alone, so nothing here makes one or
 * changes what one says; and nothing is destroyed that the ledger would not make again.
 */
const permitted = new Set([
  'put /api/queues/pause',
  'put /api/queues/resume',
  'put /api/queues/:queueName/pause',
  'put /api/queues/:queueName/resume',
  'put /api/queues/:queueName/retry/:queueStatus',
  'put /api/queues/:queueName/promote',
  'put /api/queues/:queueName/clean/:queueStatus',
  'put /api/queues/:queueName/:jobId/retry',
  'put /api/queues/:queueName/:jobId/promote',
  'put /api/queues/:queueName/:jobId/clean',
]);

/** Every other change is refused, those of later versions of Bull Board too. */
const refuseOthers: NonNullable<Hooks['before']> = ({ method, route }) => {
  if (method === 'get' || permitted.has(`${method} ${route}`)) return;
  return {
    allow: false,
    status: 403,
    errorKey: 'ERRORS.FORBIDDEN',
    message: 'Jobs are made from the ledger, so they are neither added nor edited here. Retry the shipment instead.',
  };
};

/** Puts what Bull Board has no formatter for through the same net; logs, flows and schedulers are not ours to show. */
const showLess: NonNullable<Hooks['after']> = ({ method, route }, result) => {
  if (method !== 'get' || (result.status ?? 200) >= 400) return result;
  switch (route) {
    case '/api/queues':
      return { ...result, body: queuesBody.parse(result.body) };
    case '/api/queues/:queueName/:jobId':
      return { ...result, body: jobBody.parse(result.body) };
    case '/api/queues/:queueName/:jobId/logs':
      return { status: 200, body: [] };
    case '/api/queues/:queueName/:jobId/flow':
      return { status: 200, body: { nodeId: '', flowRoot: null, isFlowNode: false } };
    case '/api/job-schedulers':
      return { status: 200, body: { schedulers: [] } };
    default:
      return result;
  }
};

/** An answer of another shape, say of a later Bull Board, is an error rather than a hole in the net. */
const queuesBody = z.looseObject({ queues: z.array(z.looseObject({ jobs: z.array(shownJob) })) });
const jobBody = z.looseObject({ job: shownJob });

export const boardHooks: Hooks = { before: refuseOthers, after: showLess };
