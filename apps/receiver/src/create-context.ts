import { hasSchema, type Ledger } from '@keycourier/ledger/connect-ledger';
import {
  acceptDeliveries,
  type AcceptedDelivery,
  type ArrivedDelivery,
} from '@keycourier/ledger/deliveries/accept-deliveries';
import { mayPartSucceed } from '@keycourier/ledger/events/record-delivery';
import { createAccessLog } from '@keycourier/runtime/access-log';
import { createContention } from '@keycourier/runtime/contention';
import { createGroupCommits } from '@keycourier/runtime/group-commits';
import { createHeldAnswers } from '@keycourier/runtime/held-answers';
import type { Logger } from '@keycourier/runtime/logger';
import { createOutageLog } from '@keycourier/runtime/outage-log';
import { createTenantShares } from '@keycourier/runtime/tenant-shares';
import type { Registry } from 'prom-client';

import type { Context } from './context.ts';
import { createHookSecretCheck } from './hooks/hook-secrets.ts';
import { deliveryShares, groupLimits } from './hooks/limits.ts';
import { createReceiverMetrics } from './metrics.ts';

/** Of the receiver's ten connections (docs/limits.md). */
export const standardConnectionsPerTenant = 4;

/** Deliveries of a tenant that wait for its share; what waits longer is answered 503, while Okta still waits. */
const maxWaiting = 256;
const standardMaxWaitMs = 1_500;

/** A delivery that is not committed by then is answered 503, while Okta still waits: it does for 3 s. */
export const standardRecordTimeoutMs = 2_000;

/** The context on a real ledger. `secrets` are the hook secrets of each tenant in plain text; only digests are kept. */
export function createContext(options: {
  ledger: Ledger;
  secrets: Readonly<Record<string, readonly string[]>>;
  metrics: Registry;
  logger: Logger;
  recordTimeoutMs?: number;
  /** For the share of a tenant. */
  maxWaitMs?: number;
  connectionsPerTenant?: number;
}): Context {
  const {
    ledger,
    logger,
    recordTimeoutMs = standardRecordTimeoutMs,
    maxWaitMs = standardMaxWaitMs,
    connectionsPerTenant = standardConnectionsPerTenant,
  } = options;
  const contention = createContention();
  const commit = createGroupCommits<ArrivedDelivery, AcceptedDelivery>({
    commit: (tenant, deliveries) => acceptDeliveries(ledger, tenant, deliveries),
    sizeOf: (delivery, tenant) => shareOfGroup(delivery, contention.isContended(tenant)),
    mayPartSucceed,
    maxConcurrent: connectionsPerTenant,
    patienceMs: groupLimits.patienceMs,
    maxWaitMs: recordTimeoutMs,
  });
  return {
    isHookSecret: createHookSecretCheck(options.secrets),
    accept: commit,
    recordTimeoutMs,
    contention,
    held: createHeldAnswers(),
    shares: createTenantShares({ maxWaiting, maxWaitMs, ...deliveryShares, contention }),
    checks: { database: () => hasSchema(ledger.db) },
    metrics: createReceiverMetrics(options.metrics, Object.keys(options.secrets)),
    logger,
    accessLog: createAccessLog(logger),
    outages: createOutageLog({ store: 'database', logger, check: () => hasSchema(ledger.db) }),
  };
}

export function shareOfGroup({ eventCount, text }: ArrivedDelivery, isContended: boolean): number {
  const most = isContended ? groupLimits.eventsContended : groupLimits.events;
  return Math.max(eventCount / most, text.length / groupLimits.bytes);
}
