import type { AcceptedDelivery, ArrivedDelivery } from '@keycourier/ledger/deliveries/accept-deliveries';
import type { AccessLog } from '@keycourier/runtime/access-log';
import type { Contention } from '@keycourier/runtime/contention';
import type { HeldAnswers } from '@keycourier/runtime/held-answers';
import type { Logger } from '@keycourier/runtime/logger';
import type { OutageLog } from '@keycourier/runtime/outage-log';
import type { ReadyCheck } from '@keycourier/runtime/probes';
import type { TenantShares } from '@keycourier/runtime/tenant-shares';

import type { CheckHookSecret } from './hooks/hook-secrets.ts';
import type { ReceiverMetrics } from './metrics.ts';

/** All that the receiver may use: the ledger alone. It never calls Okta. */
export interface Context {
  isHookSecret: CheckHookSecret;
  /** Commits a delivery, together with others of its moment. */
  accept: (tenant: string, delivery: ArrivedDelivery) => Promise<AcceptedDelivery>;
  /** Below the three seconds after which Okta gives up and retries once, so that a slow ledger is still answered 503. */
  recordTimeoutMs: number;
  /** Of the connections: a tenant that floods waits, and takes none from others meanwhile. */
  shares: TenantShares;
  contention: Contention;
  /** Refusals of a wrong secret, by network: a valid one is never held. */
  held: HeldAnswers;
  checks: Readonly<Record<string, ReadyCheck>>;
  metrics: ReceiverMetrics;
  logger: Logger;
  accessLog: AccessLog;
  /** The database's. */
  outages: OutageLog;
}
