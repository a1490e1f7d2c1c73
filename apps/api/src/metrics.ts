import type { ServeContext } from '@keycourier/http/serve';
import { Histogram, type Registry } from 'prom-client';

export function createApiMetrics(registry: Registry): ServeContext<unknown>['metrics'] {
  return {
    seconds: new Histogram({
      name: 'keycourier_api_request_seconds',
      help: 'Duration of requests by method, route and status',
      labelNames: ['method', 'route', 'status'],
      buckets: [0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
      registers: [registry],
    }),
  };
}
