import type { Tables } from '@keycourier/ledger/tables';
import type { RequestHandler, Response } from 'express';
import type { Kysely } from 'kysely';

import type { CsrfGuard } from '../sign-in/csrf.ts';
import { operatorOf } from '../sign-in/operator.ts';
import { connectionPage } from './connection-page.ts';
import { connectionsPage, type Viewer } from './connections-page.ts';
import { readConnections, readOneConnection } from './read-connections.ts';

interface Context {
  ledger: Kysely<Tables>;
  guard: CsrfGuard;
  now: () => Date;
  /** Where all base URLs begin. */
  scimUrl: string;
}

export function showConnections(context: Context): RequestHandler {
  return async (request, response) => {
    const states = (await readConnections(context)) ?? [];
    response.send(connectionsPage(states, viewerOf(context, context.guard.tokenFor(request, response), response)));
  };
}

/** What is no connection's id is answered as any other unknown page. */
export function showConnection(context: Context): RequestHandler {
  return async (request, response, next) => {
    const id = String(request.params['id']);
    const details = await readOneConnection(context, id);
    if (details === null) return next();
    const viewer = viewerOf(context, context.guard.tokenFor(request, response), response);
    response.send(connectionPage(details, `${context.scimUrl}/${details.connection.id}`, viewer));
  };
}

const viewerOf = ({ now }: Context, token: string, response: Response): Viewer => ({
  operator: operatorOf(response).user,
  token,
  now: now(),
});
