import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { hashPassword } from '@keycourier/config/key-files/password';
import { closeAll } from '@keycourier/console/testing/close-all';
import { sampleQueuesOnPostgres } from '@keycourier/console/testing/sample-queues';
import { TestClient } from '@keycourier/console/testing/test-client';
import { createApiKey, scopes } from '@keycourier/ledger/api-keys/api-keys';
import { connectLedger } from '@keycourier/ledger/connect-ledger';
import { createSealing, generateKeyring, parseKeyring } from '@keycourier/ledger/sealing';
import { aConnection } from '@keycourier/ledger/testing/sample-directory';
import { temporaryLedgerDatabase } from '@keycourier/ledger/testing/temporary-database';
import { makeThrowawayDir, removeThrowawayDir } from '@keycourier/ledger/testing/throwaway-dir';
import { untilServed } from '@keycourier/local/clients/call';
import { z } from 'zod';

import type { App } from './input.ts';

export interface Memory {
  rss: number;
  heapUsed: number;
}

export interface Target {
  url: URL;
  /** After a garbage collection. */
  memory: () => Promise<Memory>;
  /** The exit code once the process has ended; null while it runs. */
  exitCode: () => number | string | null;
  log: () => Promise<string>;
}

export interface Credentials {
  hookSecret: string;
  apiKey: string;
  /** A connection's base path, its token, and a user and a group of it. */
  scim: { path: string; token: string; user: string; group: string };
  /** Of a signed-in operator. */
  cookie: string;
  csrfToken: string;
}

export interface Targets {
  apps: Readonly<Record<App, Target>>;
  credentials: Credentials;
  /** A new session: some requests sign out. */
  signIn: () => Promise<Pick<Credentials, 'cookie' | 'csrfToken'>>;
  stop: () => Promise<void>;
}

const config = `
tenants:
  acme:
    okta: { orgUrl: 'http://127.0.0.1:9', auth: { token: { env: UNUSED } } }
    hook: { secrets: [{ env: HOOK_SECRET }] }
    fulfillment: { apiUrl: 'http://127.0.0.1:9', keysUrl: 'http://127.0.0.1:9', token: { env: UNUSED } }
    products: [{ productId: 1, inventoryProductId: 106, customizationId: RXJN83 }]
    pin: { channel: okta }
`;

const hookSecret = 'a-hook-secret-for-hostile-inputs-0123456789';
const operator = { user: 'ada', password: 'correct horse battery' };

/** Collects the garbage and reports what is left, when the parent asks. */
const memoryProbe = `data:text/javascript,${encodeURIComponent(
  "process.on('message',(message)=>{if(message!=='memory')return;globalThis.gc();const{rss,heapUsed}=process.memoryUsage();process.send({rss,heapUsed})})",
)}`;

/** Receiver, API and console as they run in production, each its main.js in a process of its own, on one database. */
export async function startTargets(): Promise<Targets> {
  const dir = await makeThrowawayDir();
  const database = await temporaryLedgerDatabase();
  const keyring = generateKeyring();
  await writeFile(join(dir, 'sealing.json'), keyring, { mode: 0o600 });
  await writeFile(join(dir, 'keycourier.yaml'), config, { mode: 0o600 });
  await writeFile(join(dir, 'session-secret'), 'a secret that is only for tests, and long', { mode: 0o600 });
  const operators = [{ user: operator.user, passwordHash: await hashPassword(operator.password) }];
  await writeFile(join(dir, 'operators.json'), JSON.stringify(operators), { mode: 0o600 });
  const { apiKey, connection } = await createKeys(database.url, keyring);
  await fillQueues(database.url);
  const environment = environmentOf(dir, database.url);
  const [receiver, api, console, scim] = await Promise.all([
    startTarget('receiver', dir, environment),
    startTarget('api', dir, environment),
    startTarget('console', dir, environment),
    startTarget('scim', dir, environment),
  ]);
  const running = { receiver, api, console, scim };
  const signIn = () => signInAt(console.url);
  return {
    apps: running,
    credentials: { hookSecret, apiKey, scim: await prepareScim(scim.url, connection), ...(await signIn()) },
    signIn,
    stop: async () => {
      await Promise.all(Object.values(running).map(({ stop }) => stop()));
      await database.drop();
      await removeThrowawayDir(dir);
    },
  };
}

async function createKeys(databaseUrl: string, keyring: string) {
  const sealing = createSealing(parseKeyring(keyring));
  const ledger = connectLedger({ databaseUrl, sealing, maxConnections: 1, maxRequestsInFlight: () => 1 });
  const { key } = await createApiKey(ledger, { tenant: 'acme', name: 'fuzz', scopes });
  const connection = await aConnection(ledger);
  await ledger.close();
  return { apiKey: key, connection };
}

const withId = z.looseObject({ id: z.string() });

/** A user and a group for requests to be about. */
async function prepareScim({ origin }: URL, connection: { id: string; token: string }): Promise<Credentials['scim']> {
  const path = `/scim/v2/${connection.id}`;
  const create = async (to: string, body: unknown): Promise<string> => {
    const headers = { authorization: connection.token, 'content-type': 'application/scim+json' };
    const answer = await untilServed(to, () =>
      fetch(origin + path + to, { method: 'POST', headers, body: JSON.stringify(body) }),
    );
    return withId.parse(await answer.json()).id;
  };
  const user = await create('/Users', { userName: 'ada', emails: [{ value: 'ada@mail.example', type: 'work' }] });
  const group = await create('/Groups', { displayName: 'A group', members: [{ value: user }] });
  return { path, token: connection.token, user, group };
}

/** Bull Board shows the queues of a worker that has run. */
async function fillQueues(databaseUrl: string): Promise<void> {
  const queues = await sampleQueuesOnPostgres(databaseUrl);
  for (const name of ['intake', 'shipments', 'fulfillment', 'activation', 'pin-delivery'])
    for (let index = 0; index < 5; index += 1)
      await queues.queue(name).add('check-profile', { subjectId: `shp_${index}` }, { jobId: `job-${index}` });
  await closeAll();
}

const environmentOf = (dir: string, databaseUrl: string): Record<string, string> => ({
  KEYCOURIER_MODE: 'local',
  KEYCOURIER_DATA_DIR: dir,
  KEYCOURIER_CONFIG: join(dir, 'keycourier.yaml'),
  SEALING_KEYS_FILE: join(dir, 'sealing.json'),
  CONSOLE_OPERATORS_FILE: join(dir, 'operators.json'),
  SESSION_SECRET_FILE: join(dir, 'session-secret'),
  DATABASE_URL: databaseUrl,
  HOOK_SECRET: hookSecret,
  UNUSED: 'an-unused-token-0123456789-0123456789',
  HOST: '127.0.0.1',
  RECEIVER_PORT: '0',
  API_PORT: '0',
  CONSOLE_PORT: '0',
  SCIM_PORT: '0',
  LOG_LEVEL: 'warn',
  API_REQUESTS_PER_MINUTE: '1000000',
  API_TENANT_REQUESTS_PER_MINUTE: '1000000',
  API_FAILURES_PER_MINUTE: '1000000',
});

interface StoppableTarget extends Target {
  stop: () => Promise<void>;
}

const readyMessage = z.object({ ready: z.literal(true), url: z.string() });
const memoryMessage = z.object({ rss: z.number(), heapUsed: z.number() });

/** As in docker-compose.yml. */
const heaps: Readonly<Partial<Record<App, readonly string[]>>> = {
  receiver: ['--max-old-space-size=96', '--max-semi-space-size=4'],
  api: ['--max-old-space-size=128', '--heap-growing-percent=100'],
};

async function startTarget(
  app: App,
  dir: string,
  environment: Readonly<Record<string, string>>,
): Promise<StoppableTarget> {
  const main = fileURLToPath(new URL(`../../../../apps/${app}/dist/main.js`, import.meta.url));
  const child = fork(main, {
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    execArgv: ['--expose-gc', `--import=${memoryProbe}`, ...(heaps[app] ?? [])],
    env: { ...process.env, NODE_ENV: 'production', ...environment },
  });
  const logPath = join(dir, `${app}.log`);
  const log = createWriteStream(logPath);
  child.stdout?.pipe(log, { end: false });
  child.stderr?.pipe(log, { end: false });
  let code: number | string | null = null;
  const ended = once(child, 'exit').then(([exitCode, signal]: unknown[]) => {
    code = typeof exitCode === 'number' ? exitCode : String(signal);
  });
  const url = new URL(readyMessage.parse(await firstMessage(child, ended)).url);
  return {
    url,
    exitCode: () => code,
    memory: async () => {
      const reply = once(child, 'message');
      child.send('memory');
      return memoryMessage.parse((await reply)[0]);
    },
    log: () => readFile(logPath, 'utf8'),
    stop: async () => {
      child.kill('SIGTERM');
      await ended;
    },
  };
}

async function firstMessage(child: ChildProcess, ended: Promise<void>): Promise<unknown> {
  const [message] = await Promise.race([once(child, 'message'), ended.then((): unknown[] => [])]);
  return message;
}

async function signInAt(url: URL): Promise<Pick<Credentials, 'cookie' | 'csrfToken'>> {
  const client = new TestClient(url.origin);
  await untilServed('the sign-in', () => client.signIn(operator));
  await untilServed('the first page', () => client.request('/'));
  const cookie = [...client.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
  return { cookie, csrfToken: client.cookies.get('XSRF-TOKEN') ?? '' };
}
