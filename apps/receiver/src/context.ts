import type { DeliveredEvent } from '@keycourier/ledger/events/record-delivery';
import type { Logger } from '@keycourier/runtime/logger';
import type { ReadyCheck } from '@keycourier/runtime/probes';

import type { CheckHookSecret } from './hooks/hook-secrets.ts';
import type { ReceiverMetrics } from './metrics.ts';

export interface Delivery {
  tenant: string;
  envelopeEventId: string | null;
  events: readonly DeliveredEvent[];
}

export interface Recorded {
  recorded: number;
  setAside: number;
}

/** All that the receiver may use. It reaches the ledger and nobody else: Okta is never called from here. */
export interface Context {
  isHookSecret: CheckHookSecret;
  /** Commits a delivery whole or not at all, and says how many of its events were new, and new but set aside. */
  record: (delivery: Delivery) => Promise<Recorded>;
  /** Okta waits three seconds and tries once more; the answer is out before that, whatever the ledger does. */
  recordTimeoutMs: number;
  checks: Readonly<Record<string, ReadyCheck>>;
  metrics: ReceiverMetrics;
  logger: Logger;
}
