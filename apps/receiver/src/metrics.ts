import { Counter, Histogram, type Registry } from 'prom-client';

export const deliveryOutcomes = ['recorded', 'unauthorized', 'malformed', 'too_large', 'unavailable'] as const;

export type DeliveryOutcome = (typeof deliveryOutcomes)[number];

/** Labels are tenants that the config names, never what a stranger wrote into a path. */
export interface ReceiverMetrics {
  deliveries: Counter<'outcome'>;
  events: Counter<'tenant' | 'outcome'>;
  seconds: Histogram;
}

export function createReceiverMetrics(registry: Registry): ReceiverMetrics {
  const deliveries = new Counter({
    name: 'keycourier_receiver_deliveries_total',
    help: 'Event hook deliveries, by how they ended',
    labelNames: ['outcome'],
    registers: [registry],
  });
  // An alert on a rate needs the zero that comes before the first one.
  for (const outcome of deliveryOutcomes) deliveries.inc({ outcome }, 0);
  return {
    deliveries,
    events: new Counter({
      name: 'keycourier_receiver_events_total',
      help: 'Events in recorded deliveries: recorded (new), duplicate (known already), set_aside (unreadable)',
      labelNames: ['tenant', 'outcome'],
      registers: [registry],
    }),
    seconds: new Histogram({
      name: 'keycourier_receiver_record_seconds',
      help: 'Time to parse a delivery and commit it',
      buckets: [0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2],
      registers: [registry],
    }),
  };
}
