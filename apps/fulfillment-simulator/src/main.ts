import { listen } from '@keycourier/runtime/http-server';
import { createMetrics, listenPrivately } from '@keycourier/runtime/probes';
import { runProcess } from '@keycourier/runtime/run-process';
import { assertMayRun } from '@keycourier/simulator-kit/permission';

import { readConfig } from './config.ts';
import { environmentSchema } from './environment.ts';
import { startFulfillmentSimulator } from './service.ts';

const name = 'fulfillment-simulator';

await runProcess({ name, environment: environmentSchema }, async (environment, logger) => {
  assertMayRun(name, { mode: environment.KEYCOURIER_MODE, host: environment.HOST });
  const simulator = await startFulfillmentSimulator({
    databaseUrl: environment.DATABASE_URL,
    config: await readConfig(environment.FULFILLMENT_SIMULATOR_CONFIG),
    logger,
  });
  const metrics = await listenPrivately({
    host: environment.METRICS_HOST,
    port: environment.METRICS_PORT,
    metrics: createMetrics(name),
    checks: simulator.ready,
  });
  const variable = 'FULFILLMENT_SIMULATOR_PORT';
  const front = await listen(simulator.app, { host: environment.HOST, port: environment[variable], variable });
  return {
    url: front.url,
    close: async () => {
      await front.close();
      await metrics.close();
      await simulator.stop();
    },
  };
});
