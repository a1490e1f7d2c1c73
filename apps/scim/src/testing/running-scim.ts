import type { LimitSettings } from '@keycourier/http/limits';
import { connectLedger, type Ledger } from '@keycourier/ledger/connect-ledger';
import type { Connection, ConnectionOptions } from '@keycourier/ledger/directory/connections/connection';
import { createSealing, generateKeyring, parseKeyring } from '@keycourier/ledger/sealing';
import { aConnection } from '@keycourier/ledger/testing/sample-directory';
import { temporaryLedgerDatabase, type TemporaryDatabase } from '@keycourier/ledger/testing/temporary-database';
import { listen } from '@keycourier/runtime/http-server';
import { createLogger } from '@keycourier/runtime/logger';
import type { PostgresUse } from '@keycourier/runtime/postgres-limits';
import { createMetrics } from '@keycourier/runtime/probes';
import { patientLimits } from '@keycourier/runtime/testing/patient-limits';
import type { Registry } from 'prom-client';
import { z } from 'zod';

import { closeContext, createContext, drainContext } from '../context.ts';
import { createApp } from '../create-app.ts';
import { createBaseUrl } from '../http/base-url.ts';
import { judgeAnswer } from './judge-answer.ts';

export type TestConnection = Connection & { token: string };

export interface CallOptions {
  /** By default the first connection of acme; null: no token. */
  as?: TestConnection | null;
  /** Sent as JSON; a text, or bytes, are sent as they are. */
  body?: unknown;
  headers?: Readonly<Record<string, string>>;
}

export interface Answer {
  status: number;
  headers: Headers;
  text: string;
  body: Record<string, unknown>;
}

export interface RunningScim {
  /** Without the connection. */
  url: string;
  ledger: Ledger;
  /** Where tokens are looked up. */
  tokenLedger: Ledger;
  database: TemporaryDatabase;
  metrics: Registry;
  logged: string[];
  /** Of acme; it takes nothing over. */
  connection: TestConnection;
  /** What a client connects with. */
  baseUrlOf: (connection: Connection) => string;
  addConnection: (options?: Partial<ConnectionOptions>, tenant?: string) => Promise<TestConnection>;
  /** Sends a request below the connection's base URL, and judges the answer's form. */
  call: (method: string, path: string, options?: CallOptions) => Promise<Answer>;
  stop: () => Promise<void>;
}

/** Groups of this name make shipments, for every tenant. */
export const triggerGroup = 'Security keys';

const json = z.record(z.string(), z.unknown());

const wideLimits: LimitSettings = {
  requestsPerMinute: 1_000_000,
  tenantRequestsPerMinute: 1_000_000,
  failuresPerMinute: 1_000_000,
};

/** For a tenant's share: on a busy machine no request is refused. */
export const patienceMs = 60_000;

interface ScimOptions {
  maxConnections?: number;
  /** Wide, where a test is not about them. */
  limits?: Partial<LimitSettings>;
  trustedProxies?: readonly string[];
  /** The limits of statements, of tokens' too, where a test is about them: else the longest, since a busy machine is no outage. */
  use?: { requests: PostgresUse; tokens: PostgresUse };
  /** The URL by which it reaches its database, such as a proxy's. */
  via?: (databaseUrl: string) => Promise<string>;
}

/** The service provider on a database of its own, listening on a free port. */
export async function runScim({
  maxConnections = 6,
  limits = {},
  trustedProxies = [],
  use,
  via = async (databaseUrl) => databaseUrl,
}: ScimOptions = {}): Promise<RunningScim> {
  const database = await temporaryLedgerDatabase();
  const common = {
    databaseUrl: await via(database.url),
    sealing: createSealing(parseKeyring(generateKeyring())),
    maxRequestsInFlight: () => 1,
  };
  const settingsOf = (one: PostgresUse | undefined) =>
    one === undefined ? ({ use: 'request', limits: patientLimits } as const) : { use: one };
  const ledger = connectLedger({ ...common, ...settingsOf(use?.requests), maxConnections });
  const tokenLedger = connectLedger({ ...common, ...settingsOf(use?.tokens), maxConnections: 4 });
  const logged: string[] = [];
  const logger = createLogger({ name: 'scim', level: 'debug', destination: { write: (line) => logged.push(line) } });
  const metrics = createMetrics('scim');
  const baseUrl = createBaseUrl(undefined);
  const context = createContext({
    ledger,
    tokenLedger,
    mode: 'production',
    baseUrl: baseUrl.read,
    triggerGroups: new Map(['acme', 'globex'].map((tenant) => [tenant, [{ name: triggerGroup }]])),
    metrics,
    logger,
    limits: { ...wideLimits, ...limits },
    maxWaitMs: patienceMs,
  });
  const server = await listen(createApp(context, trustedProxies), { host: '127.0.0.1', port: 0 });
  baseUrl.servedAt(server.url);
  const connection = await aConnection(ledger);
  const baseUrlOf = ({ id }: Connection): string => `${baseUrl.read()}/${id}`;
  return {
    url: baseUrl.read(),
    ledger,
    tokenLedger,
    database,
    metrics,
    logged,
    connection,
    baseUrlOf,
    addConnection: (options, tenant) => aConnection(ledger, options, tenant),
    call: (method, path, { as = connection, ...options } = {}) =>
      call(method, path, { ...options, url: baseUrlOf(as ?? connection), token: as?.token ?? null }),
    stop: async () => {
      await drainContext(context, [server]);
      await closeContext(context);
      await Promise.all([ledger.close(), tokenLedger.close()]);
      await database.drop();
    },
  };
}

async function call(
  method: string,
  path: string,
  { url, token, body, headers }: Omit<CallOptions, 'as'> & { url: string; token: string | null },
): Promise<Answer> {
  const isReady = typeof body === 'string' || body instanceof Uint8Array;
  const sent = body === undefined ? null : isReady ? body : JSON.stringify(body);
  const answer = await fetch(url + path, {
    method,
    headers: {
      ...(token === null ? {} : { authorization: `Bearer ${token}` }),
      ...(sent === null ? {} : { 'content-type': 'application/scim+json; charset=utf-8' }),
      ...headers,
    },
    ...(sent === null ? {} : { body: sent }),
  });
  const text = await answer.text();
  judgeAnswer({ method, path, status: answer.status, headers: answer.headers, text });
  return {
    status: answer.status,
    headers: answer.headers,
    text,
    body: text === '' ? {} : json.parse(JSON.parse(text)),
  };
}
