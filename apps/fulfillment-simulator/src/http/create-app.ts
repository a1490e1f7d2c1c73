import { probes, type ReadyCheck } from '@keycourier/runtime/probes';
import { createFaults } from '@keycourier/simulator-kit/faults';
import express, { type ErrorRequestHandler, type Express } from 'express';
import { z } from 'zod';

import type { Context } from '../context.ts';
import { controlRoutes } from '../controls/control-routes.ts';
import { createRequestLog } from '../controls/request-log.ts';
import { problem } from './answer.ts';
import { providerRoutes, publishedKeys } from './provider-routes.ts';

/** The simulator's HTTP server. Faults apply to the provider's own paths, not to the controls or probes. */
export function createApp(context: Context, ready: Readonly<Record<string, ReadyCheck>>): Express {
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  app.use(probes(ready));
  app.use(express.json({ limit: '1mb' }));

  const faults = createFaults((status) => problem(status));
  const requestLog = createRequestLog(context);
  app.use('/sim', faults.controls, controlRoutes(context, requestLog));
  app.post('/v1/fpr/shipments', requestLog.record);
  app.use(faults.inject);
  app.use('/.well-known', publishedKeys(context));
  app.use('/v1', providerRoutes(context));
  app.use((_request, response) => {
    response.status(404).json(problem(404));
  });
  app.use(onError(context));
  return app;
}

/** What Express's body parser throws. */
const clientError = z.object({ status: z.int().min(400).max(499) });

const onError =
  (context: Context): ErrorRequestHandler =>
  (error: unknown, _request, response, next) => {
    if (response.headersSent) return next(error);
    const refused = clientError.safeParse(error);
    if (!refused.success) context.logger.error({ err: error }, 'a request failed');
    const status = refused.data?.status ?? 500;
    response.status(status).json(problem(status));
  };
