import type { Tables } from '@keycourier/ledger/tables';
import type { RequestHandler } from 'express';
import type { Kysely } from 'kysely';

import type { CsrfGuard } from '../sign-in/csrf.ts';
import { operatorOf } from '../sign-in/operator.ts';
import { overviewPage } from './overview-page.ts';
import { readOverview } from './read-overview.ts';

export function showOverview(context: { ledger: Kysely<Tables>; guard: CsrfGuard; now: () => Date }): RequestHandler {
  return async (request, response) => {
    const now = context.now();
    const overview = await readOverview(context.ledger, now);
    const token = context.guard.tokenFor(request, response);
    response.send(overviewPage({ overview, operator: operatorOf(response).user, token, now }));
  };
}
