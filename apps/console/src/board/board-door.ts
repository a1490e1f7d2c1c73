import type { ExistingQueues } from '@keycourier/queues/existing-queues';
import type { RequestHandler } from 'express';

import { answerProblem } from '../pages/problem-page.ts';
import { createBoard } from './create-board.ts';

/** Bull Board, once the queue store is there. Until then the door says so, and looks again with each request. */
export function serveBoard(store: ExistingQueues): RequestHandler {
  let board: RequestHandler | undefined;
  return async (request, response, next) => {
    if (board === undefined) {
      const queues = await store.queues();
      if (queues === null) {
        response.set('Retry-After', '5');
        answerProblem(request, response, {
          status: 503,
          title: 'The queues are not there yet',
          advice: 'The queue store cannot be reached, or the worker has not prepared it. Look again in a moment.',
          link: { href: request.originalUrl, text: 'Look again' },
        });
        return;
      }
      board ??= createBoard(queues, store.kind);
    }
    await board(request, response, next);
  };
}
