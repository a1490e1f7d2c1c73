import { connectLedger, type Ledger } from '@keycourier/ledger/connect-ledger';
import { tenantsWithDeliveries, unpackNext } from '@keycourier/ledger/deliveries/unpack-delivery';
import { createSealing, generateKeyring, parseKeyring } from '@keycourier/ledger/sealing';
import { temporaryLedgerDatabase, type TemporaryDatabase } from '@keycourier/ledger/testing/temporary-database';
import { listen } from '@keycourier/runtime/http-server';
import { createLogger } from '@keycourier/runtime/logger';
import { createMetrics } from '@keycourier/runtime/probes';
import { patientLimits } from '@keycourier/runtime/testing/patient-limits';
import type { Registry } from 'prom-client';

import type { Context } from '../context.ts';
import { createApp } from '../create-app.ts';
import { createContext } from '../create-context.ts';

export const secret = 'one-secret-of-acme-0123456789';
export const nextSecret = 'the-next-secret-of-acme-98765';
export const globexSecret = 'the-only-secret-of-globex-000';

export interface RunningReceiver {
  url: string;
  ledger: Ledger;
  database: TemporaryDatabase;
  metrics: Registry;
  /** The log lines so far. */
  logged: string[];
  deliver: (body: unknown, options?: { tenant?: string; secret?: string | null }) => Promise<Response>;
  stop: () => Promise<void>;
}

/** For a commit and for a tenant's share: on a busy machine no delivery is refused. */
const patienceMs = 60_000;

/** A receiver on its own database and a free port. `overrides` replaces parts of its context. */
export async function runReceiver(overrides: Partial<Context> = {}): Promise<RunningReceiver> {
  const database = await temporaryLedgerDatabase();
  const sealing = createSealing(parseKeyring(generateKeyring()));
  const ledger = connectLedger({
    databaseUrl: database.url,
    sealing,
    maxConnections: 5,
    maxRequestsInFlight: () => 1,
    use: 'request',
    limits: patientLimits,
  });
  const logged: string[] = [];
  const logger = createLogger({
    name: 'receiver',
    level: 'debug',
    destination: { write: (line) => logged.push(line) },
  });
  const metrics = createMetrics('receiver');
  const secrets = { acme: [secret, nextSecret], globex: [globexSecret] };
  const { recordTimeoutMs = patienceMs } = overrides;
  const context = {
    ...createContext({ ledger, secrets, metrics, logger, recordTimeoutMs, maxWaitMs: patienceMs }),
    ...overrides,
  };
  const { url, close } = await listen(createApp(context), { host: '127.0.0.1', port: 0 });
  return {
    url,
    ledger,
    database,
    metrics,
    logged,
    deliver: (body, { tenant = 'acme', secret: authorization = secret } = {}) =>
      fetch(`${url}/okta/hooks/${tenant}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...(authorization === null ? {} : { authorization }) },
        body: typeof body === 'string' ? body : JSON.stringify(body),
      }),
    stop: async () => {
      context.held.close();
      await close();
      await ledger.close();
      await database.drop();
    },
  };
}

/** As the worker does. */
export async function unpackAll(ledger: Ledger): Promise<void> {
  for (const tenant of await tenantsWithDeliveries(ledger)) while ((await unpackNext(ledger, tenant)) !== null);
}
