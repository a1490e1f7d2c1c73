import type { ExistingQueues } from '@keycourier/queues/existing-queues';
import type { RequestHandler, Response } from 'express';

import { answerProblem } from '../pages/problem-page.tsx';

export const boardPath = '/queues';

/**
 * Serves Bull Board once the queue store exists. Until then, each request checks again and is answered 503. Who may change
 * nothing gets a board without buttons. It is loaded with the first look at it.
 */
export function serveBoard(store: ExistingQueues, mayChange: (response: Response) => boolean): RequestHandler {
  const boards = new Map<boolean, RequestHandler>();
  return async (request, response, next) => {
    const isReadOnly = !mayChange(response);
    let board = boards.get(isReadOnly);
    if (board === undefined) {
      const queues = await store.queues();
      if (queues === null) {
        response.set('Retry-After', '5');
        answerProblem(request, response, {
          status: 503,
          title: 'The queues are not available yet',
          advice: 'The queue store cannot be reached, or the worker has not created it yet. Try again in a moment.',
          link: { href: request.originalUrl, text: 'Try again' },
        });
        return;
      }
      const { createBoard } = await import('./create-board.ts');
      board = boards.get(isReadOnly) ?? createBoard(queues, { path: boardPath, kind: store.kind, isReadOnly });
      boards.set(isReadOnly, board);
    }
    await board(request, response, next);
  };
}
