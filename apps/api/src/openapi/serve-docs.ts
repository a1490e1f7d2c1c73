import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';

import { send } from '@keycourier/http/serve';
import express, { type RequestHandler, type Router } from 'express';
import helmet from 'helmet';

import type { Route } from '../endpoint.ts';
import { refuse } from '../problems.ts';
import { describeApi } from './describe-api.ts';
import { docsPolicy, pageStyle, renderDocs, startScript } from './docs-page.ts';

const packaged = (url: string) => (): Promise<Buffer> => readFile(new URL(url));

const ours = (text: string) => async (): Promise<Buffer> => Buffer.from(text);

/**
 * The documentation as a page and as OpenAPI. It contains no tenant data, so it needs no API key. What the page loads comes
 * from here, compressed once.
 */
export function serveDocs(routes: readonly Route[]): Router {
  const document = describeApi(routes);
  const policy = helmet.contentSecurityPolicy({ useDefaults: false, directives: docsPolicy });
  const texts: readonly [path: string, type: string, read: () => Promise<Buffer>][] = [
    ['/v1/openapi.json', 'application/json', ours(JSON.stringify(document))],
    ['/docs', 'text/html', ours(renderDocs(document))],
    ['/docs/start.js', 'text/javascript', ours(startScript)],
    ['/docs/page.css', 'text/css', ours(pageStyle)],
    [
      '/docs/swagger-ui-bundle.js',
      'text/javascript',
      packaged(import.meta.resolve('swagger-ui-dist/swagger-ui-bundle.js')),
    ],
    ['/docs/swagger-ui.css', 'text/css', packaged(import.meta.resolve('swagger-ui-dist/swagger-ui.css'))],
  ];
  const router = express.Router({ strict: true });
  for (const [path, type, read] of texts) router.get(path, policy, serveText(type, read));
  router.all(
    texts.map(([path]) => path),
    (_request, response) => {
      const allow = 'GET, HEAD';
      send(response, refuse('method_not_allowed', `Use one of: ${allow}.`, { headers: { allow } }));
    },
  );
  return router;
}

const compress = promisify(gzip);

/** It may be kept, and is asked for again after an hour. What could not be read is read again for the next request. */
export function serveText(type: string, read: () => Promise<Buffer>): RequestHandler {
  let kept: Promise<{ plain: Buffer; small: Buffer }> | undefined;
  const load = async () => {
    const plain = await read();
    return { plain, small: await compress(plain) };
  };
  return async (request, response) => {
    kept ??= load().catch((error: unknown) => {
      kept = undefined;
      throw error;
    });
    const { plain, small } = await kept;
    const isSmall = request.acceptsEncodings('gzip') === 'gzip';
    response.type(type).set({ 'cache-control': 'public, max-age=3600', vary: 'Accept-Encoding' });
    if (isSmall) response.set('content-encoding', 'gzip');
    response.send(isSmall ? small : plain);
  };
}
