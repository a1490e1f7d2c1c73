import type { Config } from '@keycourier/config/config-file';
import type { PinPolicy, Product } from '@keycourier/journey/model/tenant';
import { hasSchema, type Ledger } from '@keycourier/ledger/connect-ledger';
import type { Logger } from '@keycourier/runtime/logger';
import type { ReadyCheck } from '@keycourier/runtime/probes';
import type { Registry } from 'prom-client';

import { createLimits, type Limits, type LimitSettings } from './access/limits.ts';
import { createBatchLimiter, type BatchLimiter } from './batches/batch-limiter.ts';
import { createApiMetrics, type ApiMetrics } from './metrics.ts';

/** What the API needs to know of a tenant. None of its secrets are resolved here. */
export interface TenantSettings {
  name: string;
  products: readonly Product[];
  pinPolicy: PinPolicy;
}

export type Mode = 'local' | 'simulators' | 'production';

/** All that a handler may use. It reaches the ledger and nobody else. */
export interface Context {
  ledger: Ledger;
  tenants: ReadonlyMap<string, TenantSettings>;
  /** Keys that the local stack makes for itself are taken in `local` alone. */
  mode: Mode;
  limits: Limits;
  checks: Readonly<Record<string, ReadyCheck>>;
  metrics: ApiMetrics;
  batchLimiter: BatchLimiter;
  logger: Logger;
}

export function createContext(options: {
  ledger: Ledger;
  tenants: Readonly<Record<string, Pick<Config['tenants'][string], 'products' | 'pin'>>>;
  mode: Mode;
  limits: LimitSettings;
  metrics: Registry;
  logger: Logger;
}): Context {
  const { ledger, mode, logger } = options;
  const settings = Object.entries(options.tenants).map(([name, { products, pin }]): [string, TenantSettings] => [
    name,
    { name, products, pinPolicy: pin },
  ]);
  return {
    ledger,
    tenants: new Map(settings),
    mode,
    limits: createLimits(options.limits),
    checks: { database: () => hasSchema(ledger.db) },
    metrics: createApiMetrics(options.metrics),
    batchLimiter: createBatchLimiter(4),
    logger,
  };
}
