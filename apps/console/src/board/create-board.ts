import { fileURLToPath } from 'node:url';

import { createBullBoard } from '@bull-board/api';
import { BullMQAdapter } from '@bull-board/api/bullMQAdapter';
import type { UIConfig } from '@bull-board/api/typings/app';
import { ExpressAdapter } from '@bull-board/express';
import { queueNames, type QueueName } from '@keycourier/journey/steps/steps';
import type { ExistingQueues } from '@keycourier/queues/existing-queues';
import type { Queue } from 'bullmq';
import type { Express, RequestHandler } from 'express';

import { shownWord } from '../shown.ts';
import { boardHooks } from './permitted.ts';
import { shownData, shownProgress, shownResult } from './shown-job.ts';
import { boardTheme } from './theme.ts';

export const boardPath = '/queues';

const queueTitles: Readonly<Record<QueueName, string>> = {
  intake: 'Is this Okta event a key request?',
  shipments: 'Read the profile, check the address',
  fulfillment: 'Enroll at Okta, order the key, follow the parcel',
  activation: 'Make the programmed key usable in Okta',
  'pin-delivery': 'Hand the PIN to its owner. Read only: nothing here can send a PIN again',
};

/** Bull Board over our queues: its pages and its API, to be mounted at `boardPath` behind the sign-in. */
export function createBoard(queues: readonly Queue[], kind: ExistingQueues['kind']): RequestHandler {
  const serverAdapter = new ExpressAdapter();
  serverAdapter.setBasePath(boardPath);
  createBullBoard({
    queues: queueNames.flatMap((name) =>
      queues.filter((queue) => queue.name === name).map((queue) => adapterOf(name, queue)),
    ),
    serverAdapter,
    options: { uiConfig: { ...uiConfig, hideRedisDetails: kind !== 'redis' }, handlerHooks: boardHooks },
  });
  // Bull Board has no setting for a style sheet of one's own: our page wraps its.
  const board: Express = serverAdapter
    .setViewsPath(fileURLToPath(new URL('../../assets/board/', import.meta.url)))
    .getRouter();
  board.locals['bullBoardPage'] = fileURLToPath(import.meta.resolve('@bull-board/ui/dist/index.ejs'));
  return board;
}

function adapterOf(name: QueueName, queue: Queue): BullMQAdapter {
  const adapter = new BullMQAdapter(queue, { description: queueTitles[name], readOnlyMode: name === 'pin-delivery' });
  adapter.setFormatter('name', ({ name: job }: { name: unknown }) => shownWord(job));
  adapter.setFormatter('data', shownData);
  adapter.setFormatter('returnValue', shownResult);
  adapter.setFormatter('progress', shownProgress);
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
