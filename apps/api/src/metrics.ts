import { Histogram, type Registry } from 'prom-client';

export interface ApiMetrics {
  /** `route` is the path as the table of routes has it, never the one that was asked for: paths hold ids. */
  seconds: Histogram<'method' | 'route' | 'status'>;
}

export function createApiMetrics(registry: Registry): ApiMetrics {
  return {
    seconds: new Histogram({
      name: 'keycourier_api_request_seconds',
      help: 'Requests by method, route and status, and how long they took',
      labelNames: ['method', 'route', 'status'],
      buckets: [0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
      registers: [registry],
    }),
  };
}
