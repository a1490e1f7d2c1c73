import { send } from '@keycourier/http/serve';
import express, { type Router } from 'express';
import helmet from 'helmet';

import type { Route } from '../endpoint.ts';
import { refuse } from '../problems.ts';
import { describeApi } from './describe-api.ts';
import { docsPolicy, renderDocs } from './docs-page.ts';

/** The documentation as a page and as OpenAPI. It contains no tenant data, so it needs no API key. */
export function serveDocs(routes: readonly Route[]): Router {
  const document = describeApi(routes);
  const json = JSON.stringify(document);
  const page = renderDocs(document);
  const router = express.Router();
  router.get('/v1/openapi.json', (_request, response) => {
    response.type('application/json').send(json);
  });
  router.get(
    '/docs',
    helmet.contentSecurityPolicy({ useDefaults: false, directives: docsPolicy }),
    (_request, response) => {
      response.type('text/html').send(page);
    },
  );
  router.all(['/v1/openapi.json', '/docs'], (_request, response) => {
    const allow = 'GET, HEAD';
    send(response, refuse('method_not_allowed', `Use one of: ${allow}.`, { headers: { allow } }));
  });
  return router;
}
