import { temporaryDatabase } from '@keycourier/ledger/testing/temporary-database';
import { listen, type Listening } from '@keycourier/runtime/http-server';
import { createLogger } from '@keycourier/runtime/logger';

import type { SimulatorConfig } from '../config.ts';
import { startFulfillmentSimulator, type FulfillmentSimulator } from '../service.ts';

export const acmeToken = 'acme-token';
export const globexToken = 'globex-token';

const twoOrganizations: SimulatorConfig = {
  organizations: [
    { name: 'acme', token: acmeToken },
    { name: 'globex', token: globexToken },
  ],
};

const neverTicksMs = 1_000_000_000;

export interface Reply {
  status: number;
  body: unknown;
}

/** A simulator with a database of its own, on a free port, with a wall clock that the test controls. */
export interface RunningSimulator {
  databaseUrl: string;
  url: () => string;
  /** Everything that was logged, as JSON lines. */
  logged: () => string;
  call: (method: string, path: string, options?: { body?: unknown; token?: string | null }) => Promise<Reply>;
  passHours: (hours: number) => void;
  restart: () => Promise<void>;
  stop: () => Promise<void>;
}

export async function runSimulator({
  config = twoOrganizations,
  tickMs = neverTicksMs,
}: { config?: SimulatorConfig; tickMs?: number } = {}): Promise<RunningSimulator> {
  const database = await temporaryDatabase();
  let passedMs = 0;
  let log = '';
  const logger = createLogger({ name: 'test', level: 'trace', destination: { write: (line) => void (log += line) } });
  const start = async (): Promise<{ simulator: FulfillmentSimulator; front: Listening }> => {
    const simulator = await startFulfillmentSimulator({
      databaseUrl: database.url,
      config,
      logger,
      tickMs,
      nowMs: () => Date.now() + passedMs,
    });
    return { simulator, front: await listen(simulator.app, { host: '127.0.0.1', port: 0 }) };
  };
  let running = await start();
  const stop = async (): Promise<void> => {
    await running.front.close();
    await running.simulator.stop();
  };
  return {
    databaseUrl: database.url,
    url: () => running.front.url,
    logged: () => log,
    call: (method, path, { body, token = acmeToken } = {}) =>
      call(`${running.front.url}${path}`, { method, body, token }),
    passHours: (hours) => {
      passedMs += hours * 3_600_000;
    },
    restart: async () => {
      await stop();
      running = await start();
    },
    stop: async () => {
      await stop();
      await database.drop();
    },
  };
}

async function call(url: string, request: { method: string; body: unknown; token: string | null }): Promise<Reply> {
  const response = await fetch(url, {
    method: request.method,
    headers: {
      connection: 'close',
      ...(request.token === null ? {} : { authorization: `Bearer ${request.token}` }),
      ...(request.body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(request.body === undefined ? {} : { body: JSON.stringify(request.body) }),
  });
  const text = await response.text();
  const isJson = response.headers.get('content-type')?.includes('json') ?? false;
  const body: unknown = isJson ? JSON.parse(text) : text;
  return { status: response.status, body };
}
