import express, { type Express, type Router } from 'express';
import { collectDefaultMetrics, Gauge, Registry } from 'prom-client';

import { listen, type Listening } from './http-server.ts';

/** Whether something that the process needs is reachable now. One that throws or takes over two seconds has failed. */
export type ReadyCheck = () => Promise<boolean>;

/** `/healthz`: the process is alive. `/readyz`: 200 when every check passes, else 503 with the names of the failing ones. */
export function probes(checks: Readonly<Record<string, ReadyCheck>>): Router {
  const router = express.Router();
  router.get('/healthz', (_request, response) => {
    response.json({ status: 'alive' });
  });
  router.get('/readyz', async (_request, response) => {
    const results = await Promise.all(
      Object.entries(checks).map(async ([name, check]) => ({ name, ready: await withinTwoSeconds(check) })),
    );
    const failing = results.filter(({ ready }) => !ready).map(({ name }) => name);
    response
      .status(failing.length === 0 ? 200 : 503)
      .json({ status: failing.length === 0 ? 'ready' : 'not ready', failing });
  });
  return router;
}

/** Whether every check passes now. */
export const allPass = async (checks: Readonly<Record<string, ReadyCheck>>): Promise<boolean> =>
  (await Promise.all(Object.values(checks).map(withinTwoSeconds))).every(Boolean);

async function withinTwoSeconds(check: ReadyCheck): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const tooSlow = new Promise<boolean>((resolve) => {
    timer = setTimeout(() => resolve(false), 2_000);
  });
  try {
    return await Promise.race([check(), tooSlow]);
  } catch {
    return false;
  } finally {
    clearTimeout(timer);
  }
}

export function createMetrics(processName: string): Registry {
  const registry = new Registry();
  registry.setDefaultLabels({ process: processName });
  // By default, the library wakes an idle process a hundred times a second to measure its event loop's lag.
  collectDefaultMetrics({ register: registry, eventLoopMonitoringPrecision: 1_000 });
  return registry;
}

/** Whether what the process needs is reachable, as `/readyz` says, at each scrape. */
export function addReadyMetric(registry: Registry, checks: Readonly<Record<string, ReadyCheck>>): void {
  registry.registerMetric(
    new Gauge({
      name: 'keycourier_ready',
      help: 'Whether something that the process needs is reachable (1) or not (0), by check',
      labelNames: ['check'],
      registers: [],
      async collect() {
        await Promise.all(
          Object.entries(checks).map(async ([check, ready]) =>
            this.set({ check }, Number(await withinTwoSeconds(ready))),
          ),
        );
      },
    }),
  );
}

/** The private listener, never on the public port: the probes, and `/metrics` for Prometheus. */
export async function listenPrivately(options: {
  host: string;
  port: number;
  metrics: Registry;
  checks: Readonly<Record<string, ReadyCheck>>;
}): Promise<Listening> {
  const app: Express = express();
  app.disable('x-powered-by');
  app.use(probes(options.checks));
  addReadyMetric(options.metrics, options.checks);
  app.get('/metrics', async (_request, response) => {
    response.type(options.metrics.contentType).send(await options.metrics.metrics());
  });
  return listen(app, { host: options.host, port: options.port, variable: 'METRICS_PORT' });
}
