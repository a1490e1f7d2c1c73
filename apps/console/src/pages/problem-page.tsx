import { requestIdOf } from '@keycourier/runtime/access-log';
import type { Request, Response } from 'express';
import type { VNode } from 'preact';

import { isBoardApi } from '../request-path.ts';
import { renderCard } from './layout.tsx';

/** What is wrong, and how to fix it. */
export interface ProblemPage {
  status: 400 | 403 | 404 | 413 | 500 | 503;
  title: string;
  advice: string;
  /** Bull Board's error key, for requests from its scripts. */
  boardKey?: 'ERRORS.FORBIDDEN' | 'ERRORS.INTERNAL_SERVER_ERROR';
  link?: { href: string; text: string };
}

/** Answers Bull Board's scripts with its own JSON shape, and browsers with a page. */
export function answerProblem(request: Request, response: Response, problem: ProblemPage): void {
  response.status(problem.status);
  if (isBoardApi(request))
    response.json({
      error: { key: problem.boardKey ?? 'ERRORS.INTERNAL_SERVER_ERROR' },
      message: `${problem.title}. ${problem.advice}`,
    });
  else response.send(renderCard(problem.title, <Problem problem={problem} requestId={requestIdOf(response)} />));
}

/** What does not exist, or not for this operator. */
export function answerNotFound(request: Request, response: Response): void {
  answerProblem(request, response, {
    status: 404,
    title: 'Page not found',
    advice: 'Check the address.',
    link: { href: '/', text: 'Back to the overview' },
  });
}
/** The id finds the request in the log. */
const Problem = ({ problem, requestId }: { problem: ProblemPage; requestId: string | undefined }): VNode => (
  <>
    <h1>{problem.title}</h1>
    <p class="lead">{problem.advice}</p>
    {requestId !== undefined && (
      <p class="aside">
        Request <code>{requestId}</code>
      </p>
    )}
    {problem.link !== undefined && (
      <p class="aside">
        <a href={problem.link.href}>{problem.link.text}</a>
      </p>
    )}
  </>
);
