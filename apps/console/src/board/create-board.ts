import { fileURLToPath } from 'node:url';

import { createBullBoard } from '@bull-board/api';
import { BullMQAdapter } from '@bull-board/api/bullMQAdapter';
import type { UIConfig } from '@bull-board/api/typings/app';
import { ExpressAdapter } from '@bull-board/express';
import { queueNames, type QueueName } from '@keycourier/journey/steps/steps';
import type { ExistingQueues } from '@keycourier/queues/existing-queues';
import type { Queue } from 'bullmq';
import type { Express, RequestHandler } from 'express';

import { redactWord } from '../redact.ts';
import { hooks } from './hooks.ts';
import { redactData, redactProgress, redactResult } from './redact-job.ts';
import { boardTheme } from './theme.ts';

const descriptions: Readonly<Record<QueueName, string>> = {
  intake: 'Decides whether an Okta event requests a key',
  shipments: 'Reads the profile and checks the address',
  fulfillment: 'Enrolls the credential in Okta, orders the key, tracks the parcel',
  activation: 'Activates the programmed key in Okta',
  'pin-delivery': 'Delivers the PIN. Read-only: jobs here cannot be retried',
  registration: 'Shows Okta who has a key that works',
  hub: 'Pushes users, groups and their members to the hub',
};

/** Bull Board's pages and API for our queues, to be mounted at `path` behind the sign-in. */
export function createBoard(
  queues: readonly Queue[],
  { path, kind, isReadOnly }: Pick<ExistingQueues, 'kind'> & { path: string; isReadOnly: boolean },
): RequestHandler {
  const serverAdapter = new ExpressAdapter();
  serverAdapter.setBasePath(path);
  createBullBoard({
    queues: queueNames.flatMap((name) =>
      queues.filter((queue) => queue.name === name).map((queue) => createAdapter(name, queue, isReadOnly)),
    ),
    serverAdapter,
    options: { uiConfig: { ...uiConfig, hideRedisDetails: kind !== 'redis' }, handlerHooks: hooks },
  });
  // Bull Board has no setting for an extra style sheet, so our page wraps its page.
  const board: Express = serverAdapter
    .setViewsPath(fileURLToPath(new URL('../../assets/board/', import.meta.url)))
    .getRouter();
  board.disable('x-powered-by');
  board.locals['bullBoardPage'] = fileURLToPath(import.meta.resolve('@bull-board/ui/dist/index.ejs'));
  return board;
}

function createAdapter(name: QueueName, queue: Queue, isReadOnly: boolean): BullMQAdapter {
  const readOnlyMode = isReadOnly || name === 'pin-delivery';
  const adapter = new BullMQAdapter(queue, { description: descriptions[name], readOnlyMode });
  adapter.setFormatter('name', ({ name: job }: { name: unknown }) => redactWord(job));
  adapter.setFormatter('data', redactData);
  adapter.setFormatter('returnValue', redactResult);
  adapter.setFormatter('progress', redactProgress);
  return adapter;
}

const uiConfig: UIConfig = {
  boardTitle: 'keycourier',
  boardLogo: { path: '/assets/mark.svg', width: 26, height: 26 },
  favIcon: { default: '/assets/mark.svg', alternative: '/assets/mark.svg' },
  miscLinks: [
    { text: 'Overview', url: '/' },
    { text: 'Sign out', url: '/sign-out' },
  ],
  hideDocsLink: true,
  sortQueues: false,
  theme: boardTheme,
};
