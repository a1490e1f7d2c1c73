import type { Request, Response } from 'express';

import { isApi } from '../requested.ts';
import { definePage } from './page.ts';

/** What is wrong, and what would fix it. */
export interface ShownProblem {
  status: 400 | 403 | 404 | 413 | 500 | 503;
  title: string;
  advice: string;
  /** Bull Board's word for it, where its scripts ask. */
  boardKey?: 'ERRORS.FORBIDDEN' | 'ERRORS.INTERNAL_SERVER_ERROR';
  link?: { href: string; text: string };
}

const render = definePage(
  'single',
  `<main class="card">
  <img class="mark" src="/assets/mark.svg" alt="" width="44" height="44">
  <h1><%= it.title %></h1>
  <p class="lead"><%= it.advice %></p>
  <% if (it.link) { %><p class="aside"><a href="<%= it.link.href %>"><%= it.link.text %></a></p><% } %>
</main>`,
);

/** Bull Board's scripts get their own shape of JSON; people get a page. */
export function answerProblem(request: Request, response: Response, problem: ShownProblem): void {
  response.status(problem.status);
  if (isApi(request))
    response.json({
      error: { key: problem.boardKey ?? 'ERRORS.INTERNAL_SERVER_ERROR' },
      message: `${problem.title}. ${problem.advice}`,
    });
  else response.send(render(problem));
}
