import { randomUUID } from 'node:crypto';

import type { SignInConfig } from '@keycourier/config/console';
import type { Mode } from '@keycourier/http/find-caller';
import { createLimits, type LimitSettings } from '@keycourier/http/limits';
import type { PinPolicy, Product } from '@keycourier/journey/model/tenant';
import { createApiKey, type Scope, scopes } from '@keycourier/ledger/api-keys/api-keys';
import { listKeyHashes } from '@keycourier/ledger/api-keys/list-key-hashes';
import { connectLedger, type Ledger } from '@keycourier/ledger/connect-ledger';
import { createSealing, generateKeyring, parseKeyring } from '@keycourier/ledger/sealing';
import { temporaryLedgerDatabase, type TemporaryDatabase } from '@keycourier/ledger/testing/temporary-database';
import { createAccessLog } from '@keycourier/runtime/access-log';
import { createContention } from '@keycourier/runtime/contention';
import { standardFloodLimits } from '@keycourier/runtime/flood-log';
import type { HeldAnswers } from '@keycourier/runtime/held-answers';
import { listen } from '@keycourier/runtime/http-server';
import { createLogger } from '@keycourier/runtime/logger';
import type { PostgresUse } from '@keycourier/runtime/postgres-limits';
import { createMetrics } from '@keycourier/runtime/probes';
import { patientLimits } from '@keycourier/runtime/testing/patient-limits';
import type { Registry } from 'prom-client';
import { z } from 'zod';

import { createWriteBatch } from '../batches/write-batch.ts';
import { createContext, type TenantShareSettings } from '../context.ts';
import { createApp } from '../create-app.ts';
import { judgeAnswer } from './judge-answer.ts';

export const nfc: Product = { productId: '1', inventoryProductId: '106', customizationId: 'RXJN83' };
export const usbC: Product = { productId: '29', inventoryProductId: '107', customizationId: 'RXJN83' };
const pin: PinPolicy = { recipient: 'auto', channel: 'smtp', release: 'on_activation' };

const wideLimits: LimitSettings = {
  requestsPerMinute: 100_000,
  tenantRequestsPerMinute: 100_000,
  failuresPerMinute: 100_000,
};

/** No statement ends because the machine stood still. */
const patient = { use: 'request', limits: patientLimits } as const;

/** No minute turns while a test floods. */
const floodLimits = { ...standardFloodLimits, windowMs: 3_600_000 };

const addresses = { overrides: 'allowed' } as const;
const catchUp = { enabled: true, hookGrace: 300_000 };
const groups = [{ name: 'Security keys' }];
const okta = { orgUrl: 'https://acme.okta.com' };
const hub = { orgUrl: 'https://initech-hub.okta.com', auth: { clientId: '0oaConfig' } };

/** acme may order two products, globex one; initech allows no other addresses in requests and has a hub, umbrella none at all. */
const tenants = {
  acme: { products: [nfc, usbC], pin, addresses, catchUp: { ...catchUp, enabled: false }, okta, groups },
  globex: { products: [nfc], pin, addresses, catchUp, okta, groups },
  initech: { products: [nfc], pin, addresses: { overrides: 'corrections_only' }, catchUp, okta, hub, groups },
  umbrella: { products: [nfc], pin, addresses: { overrides: 'forbidden' }, catchUp, okta, groups },
} as const;

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
  /** Sends a request, by default with a globex key with every scope, and checks the answer against the OpenAPI document. */
  call: (method: string, path: string, options?: CallOptions) => Promise<Call>;
  keyFor: (tenant: string, granted?: readonly Scope[]) => Promise<{ id: string; key: string }>;
  stop: () => Promise<void>;
}

const json = z.record(z.string(), z.unknown());

interface ApiOptions {
  mode?: Mode;
  /** Wide, where a test is not about them. */
  limits?: Partial<LimitSettings>;
  trustedProxies?: readonly string[];
  /** How refusals are held, where a test is about that. */
  held?: HeldAnswers;
  /** What one tenant may take at most; a request waits for its share as long as a busy machine needs. */
  shares?: Partial<TenantShareSettings>;
  /** The limits of its statements, where a test is about them; else they wait as long as a busy machine needs. */
  use?: PostgresUse;
  signIn?: SignInConfig;
  /** What the ledger calls now, where a test counts by days. */
  now?: () => Date;
  /** The clock by which the list of accepted keys ages. */
  keyListNowMs?: () => number;
  /** The URL by which it reaches its database, such as a proxy's. */
  via?: (databaseUrl: string) => Promise<string>;
}

/** The API on a database of its own, listening on a free port. */
export async function runApi({
  mode = 'production',
  limits = {},
  trustedProxies = [],
  use,
  shares,
  held,
  via = async (databaseUrl) => databaseUrl,
  signIn,
  now,
  keyListNowMs,
}: ApiOptions = {}): Promise<RunningApi> {
  const database = await temporaryLedgerDatabase();
  const databaseUrl = await via(database.url);
  const sealing = createSealing(parseKeyring(generateKeyring()));
  const common = { sealing, maxRequestsInFlight: () => 1 };
  const ledger = connectLedger({
    ...common,
    databaseUrl,
    maxConnections: 5,
    ...(use === undefined ? patient : { use }),
    ...(now === undefined ? {} : { now }),
  });
  // Keys are made though the API's own limits are short.
  const beside =
    use === undefined ? ledger : connectLedger({ ...common, databaseUrl: database.url, maxConnections: 1, ...patient });
  const logged: string[] = [];
  const logger = createLogger({ name: 'api', level: 'debug', destination: { write: (line) => logged.push(line) } });
  const metrics = createMetrics('api');
  const contention = createContention();
  const limitSettings = { ...wideLimits, ...limits };
  const created = createContext({
    ledger,
    contention,
    writeBatch: createWriteBatch({ ledger, contention }),
    ...(signIn === undefined ? {} : { signIn }),
    tenants,
    mode,
    limits: limitSettings,
    metrics,
    logger,
    scimUrl: 'https://scim.example/scim/v2',
    shares: { maxWaitMs: 60_000, ...shares },
  });
  const context = {
    ...created,
    accessLog: createAccessLog(logger, floodLimits),
    limits: createLimits(limitSettings, () => listKeyHashes(ledger), keyListNowMs),
    ...(held === undefined ? {} : { held }),
  };
  const { url, close } = await listen(createApp(context, trustedProxies), { host: '127.0.0.1', port: 0 });
  const keyFor: RunningApi['keyFor'] = (tenant, granted = scopes) =>
    createApiKey(beside, { tenant, name: 'test', owner: `${randomUUID()}@${tenant}.example`, scopes: granted });
  const standard = await keyFor('globex');
  return {
    url,
    ledger,
    database,
    metrics,
    logged,
    keyFor,
    call: (method, path, { key = standard.key, ...options } = {}) => call(method, { url, path }, { key, ...options }),
    stop: async () => {
      context.held.close();
      await close();
      await ledger.close();
      if (beside !== ledger) await beside.close();
      await database.drop();
    },
  };
}

async function call(
  method: string,
  { url, path }: { url: string; path: string },
  { key, body, headers }: CallOptions,
): Promise<Call> {
  const sent = body === undefined ? null : typeof body === 'string' ? body : JSON.stringify(body);
  const answer = await fetch(url + path, {
    method,
    headers: {
      ...(key == null ? {} : { authorization: `Bearer ${key}` }),
      ...(sent === null ? {} : { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(sent === null ? {} : { body: sent }),
  });
  const text = await answer.text();
  const { status } = answer;
  judgeAnswer({
    method,
    path,
    sent: sent === null ? null : { mediaType: headers?.['content-type'] ?? 'application/json', text: sent },
    status,
    mediaType: answer.headers.get('content-type')?.split(';', 1)[0] ?? null,
    text,
  });
  const isJson = answer.headers.get('content-type')?.includes('json') === true;
  return {
    status,
    headers: answer.headers,
    // Answers that look alike differ in their request's id.
    text: text.replaceAll(answer.headers.get('request-id') ?? '', 'request-id'),
    body: json.catch({}).parse(text === '' || !isJson ? {} : JSON.parse(text)),
  };
}
