import { requestIdOf } from '@keycourier/runtime/access-log';
import type { Request, Response } from 'express';

import { isBoardApi } from '../request-path.ts';
import { definePage } from './page.ts';

/** What is wrong, and how to fix it. */
export interface ProblemPage {
  status: 400 | 403 | 404 | 413 | 500 | 503;
  title: string;
  advice: string;
  /** Bull Board's error key, for requests from its scripts. */
  boardKey?: 'ERRORS.FORBIDDEN' | 'ERRORS.INTERNAL_SERVER_ERROR';
  link?: { href: string; text: string };
}

interface ShownProblem extends ProblemPage {
  /** To find the request in the log. */
  requestId: string | undefined;
}

const render = definePage(
  'single',
  `<main class="card">
  <img class="mark" src="/assets/mark.svg" alt="" width="44" height="44">
  <h1><%= it.title %></h1>
  <p class="lead"><%= it.advice %></p>
  <% if (it.requestId) { %><p class="aside">Request <code><%= it.requestId %></code></p><% } %>
  <% if (it.link) { %><p class="aside"><a href="<%= it.link.href %>"><%= it.link.text %></a></p><% } %>
</main>`,
);

/** Answers Bull Board's scripts with its own JSON shape, and browsers with a page. */
export function answerProblem(request: Request, response: Response, problem: ProblemPage): void {
  response.status(problem.status);
  if (isBoardApi(request))
    response.json({
      error: { key: problem.boardKey ?? 'ERRORS.INTERNAL_SERVER_ERROR' },
      message: `${problem.title}. ${problem.advice}`,
    });
  else {
    const page: ShownProblem = { ...problem, requestId: requestIdOf(response) };
    response.send(render(page));
  }
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
