import type { PinPolicy, Product } from '@keycourier/journey/tenant';
import { createApiKey, type Scope, scopes } from '@keycourier/ledger/access/api-keys';
import { migrate } from '@keycourier/ledger/migrate';
import { openLedger, type Ledger } from '@keycourier/ledger/open-ledger';
import { createSealing, generateKeyring, parseKeyring } from '@keycourier/ledger/sealing';
import { temporaryDatabase, type TemporaryDatabase } from '@keycourier/ledger/testing/temporary-database';
import { listen } from '@keycourier/process/http-server';
import { createLogger } from '@keycourier/process/logger';
import { createMetrics } from '@keycourier/process/probes';
import type { Registry } from 'prom-client';
import { z } from 'zod';

import { createContext } from '../context.ts';
import { createApp } from '../create-app.ts';

export const nfc: Product = { productId: '1', inventoryProductId: '106', customizationId: 'RXJN83' };
export const usbC: Product = { productId: '29', inventoryProductId: '107', customizationId: 'RXJN83' };
const pin: PinPolicy = { recipient: 'auto', channel: 'smtp', release: 'on_activation' };

/** acme may order two products, globex one. */
const tenants = { acme: { products: [nfc, usbC], pin }, globex: { products: [nfc], pin } };

export interface Call {
  status: number;
  headers: Headers;
  text: string;
  body: Record<string, unknown>;
}

export interface CallOptions {
  key?: string | null;
  /** Sent as JSON; a text is sent as it is. */
  body?: unknown;
  headers?: Readonly<Record<string, string>>;
}

export interface RunningApi {
  url: string;
  ledger: Ledger;
  database: TemporaryDatabase;
  metrics: Registry;
  logged: string[];
  /** Asks with a key of globex that may do everything, unless another is given. */
  call: (method: string, path: string, options?: CallOptions) => Promise<Call>;
  keyFor: (tenant: string, granted?: readonly Scope[]) => Promise<{ id: string; key: string }>;
  stop: () => Promise<void>;
}

const json = z.record(z.string(), z.unknown());

/** The API on a database of its own, listening on a free port. */
export async function runApi(): Promise<RunningApi> {
  const database = await temporaryDatabase();
  const sealing = createSealing(parseKeyring(generateKeyring()));
  const ledger = openLedger({ databaseUrl: database.url, sealing, maxConnections: 5, maxRequestsInFlight: () => 1 });
  await migrate(ledger.db);
  const logged: string[] = [];
  const logger = createLogger({ name: 'api', level: 'debug', destination: { write: (line) => logged.push(line) } });
  const metrics = createMetrics('api');
  const { url, close } = await listen(createApp(createContext({ ledger, tenants, metrics, logger })), {
    host: '127.0.0.1',
    port: 0,
  });
  const keyFor: RunningApi['keyFor'] = (tenant, granted = scopes) =>
    createApiKey(ledger, { tenant, name: 'test', scopes: granted });
  const standard = await keyFor('globex');
  return {
    url,
    ledger,
    database,
    metrics,
    logged,
    keyFor,
    call: (method, path, { key = standard.key, ...options } = {}) => call(method, url + path, { key, ...options }),
    stop: async () => {
      await close();
      await ledger.close();
      await database.drop();
    },
  };
}

async function call(method: string, url: string, { key, body, headers }: CallOptions): Promise<Call> {
  const answer = await fetch(url, {
    method,
    headers: {
      ...(key == null ? {} : { authorization: `Bearer ${key}` }),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
  const text = await answer.text();
  return {
    status: answer.status,
    headers: answer.headers,
    text,
    body: json.catch({}).parse(text === '' ? {} : JSON.parse(text)),
  };
}
