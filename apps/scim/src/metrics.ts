import { Histogram, type Registry } from 'prom-client';

export interface ScimMetrics {
  /** `route` is the path in the table of routes, never the requested one: paths hold ids. */
  seconds: Histogram<'method' | 'route' | 'status'>;
}

export const createScimMetrics = (registry: Registry): ScimMetrics => ({
  seconds: new Histogram({
    name: 'keycourier_scim_request_seconds',
    help: 'Duration of SCIM requests by method, route and status',
    labelNames: ['method', 'route', 'status'],
    buckets: [0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
    registers: [registry],
  }),
});
