import type { BoardOptions } from '@bull-board/api/typings/app';
import { z } from 'zod';

import { redactedJob } from './redact-job.ts';

type Hooks = NonNullable<BoardOptions['handlerHooks']>;

/**
 * The changes that operators may make on the board. Only the ledger's outbox creates jobs, so none may be added or edited
 * here; and only jobs that the ledger can create again may be removed.
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

/** Refuses every other change, including those that a later version of Bull Board may add. */
const refuseOtherChanges: NonNullable<Hooks['before']> = ({ method, route }) => {
  if (method === 'get' || permitted.has(`${method} ${route}`)) return;
  return {
    allow: false,
    status: 403,
    errorKey: 'ERRORS.FORBIDDEN',
    message: 'Jobs are created from the ledger and cannot be added or edited here. Retry the shipment through the API.',
  };
};

/** Redacts what Bull Board has no formatter for. Logs, flows and schedulers are not shown. */
const redactAnswer: NonNullable<Hooks['after']> = ({ method, route }, result) => {
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

/** An answer of another shape, as a later Bull Board may have, is an error, so that nothing passes unredacted. */
const queuesBody = z.looseObject({ queues: z.array(z.looseObject({ jobs: z.array(redactedJob) })) });
const jobBody = z.looseObject({ job: redactedJob });

export const hooks: Hooks = { before: refuseOtherChanges, after: redactAnswer };
