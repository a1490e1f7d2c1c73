import { Counter, Histogram, type Registry } from 'prom-client';

export const deliveryOutcomes = ['recorded', 'unauthorized', 'malformed', 'too_large', 'unavailable'] as const;

export type DeliveryOutcome = (typeof deliveryOutcomes)[number];

/** The label `tenant` has configured tenants only, never an unauthenticated request's path. */
export interface ReceiverMetrics {
  deliveries: Counter<'outcome'>;
  events: Counter<'tenant' | 'outcome'>;
  seconds: Histogram;
}

export function createReceiverMetrics(registry: Registry, tenants: readonly string[]): ReceiverMetrics {
  const deliveries = new Counter({
    name: 'keycourier_receiver_deliveries_total',
    help: 'Event hook deliveries by outcome',
    labelNames: ['outcome'],
    registers: [registry],
  });
  // An alert on a rate needs a zero before the first increment.
  for (const outcome of deliveryOutcomes) deliveries.inc({ outcome }, 0);
  const events = new Counter({
    name: 'keycourier_receiver_events_total',
    help: 'Events in recorded deliveries: kept (for the worker to unpack), recorded (new), duplicate (already recorded), set_aside (unreadable)',
    labelNames: ['tenant', 'outcome'],
    registers: [registry],
  });
  for (const tenant of tenants)
    for (const outcome of ['kept', 'recorded', 'duplicate', 'set_aside']) events.inc({ tenant, outcome }, 0);
  return {
    deliveries,
    events,
    seconds: new Histogram({
      name: 'keycourier_receiver_record_seconds',
      help: 'Time to commit a delivery',
      buckets: [0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2],
      registers: [registry],
    }),
  };
}
