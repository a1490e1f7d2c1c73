import { randomBytes, scryptSync } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';

import type { OperatorRow } from '@keycourier/config/key-files/operators';
import { parseEnvironment } from '@keycourier/runtime/environment';
import { createLogger } from '@keycourier/runtime/logger';
import { patientLimits } from '@keycourier/runtime/testing/patient-limits';
import { untilTimeoutMs } from '@keycourier/runtime/testing/until';

import { consoleEnvironment } from '../settings.ts';
import { startConsole, type RunningConsole } from '../start-console.ts';
import { closeAtEnd } from './close-all.ts';
import { sampleKeyring } from './sample-ledger.ts';

export const ada = { user: 'ada', password: 'correct horse battery' };
export const testClientSecret = 'kN3vR8qZt1LwYx5pQ2-kN3vR8qZt1LwYx5pQ2';
export const grace = { user: 'grace', password: 'nine volts, not ten' };

export interface TestConsole extends Pick<RunningConsole, 'url' | 'metricsUrl' | 'close'> {
  /** The log so far. */
  log: () => string;
}

/** A busy machine is no outage. */
const patience = { postgres: patientLimits, redisMs: untilTimeoutMs };

/** A console on a free port, with two operators and its own secret, on the test's database and queue store. */
export async function startTestConsole(options: {
  databaseUrl: string;
  redisUrl?: string;
  mode?: 'local' | 'production';
  operators?: readonly (Partial<OperatorRow> & { user: string; password: string })[];
  /** `acme` and `globex` by default. */
  tenants?: readonly string[];
  /** The part `console` of keycourier.yaml. */
  console?: unknown;
  sessionSecret?: string;
  now?: () => Date;
}): Promise<TestConsole> {
  const dir = await mkdtemp(join(tmpdir(), 'keycourier-console-'));
  const operators = (options.operators ?? [ada, grace]).map(({ password, ...row }) => ({
    breakGlass: options.mode === 'production',
    ...row,
    passwordHash: cheapHash(password),
  }));
  await writeFile(join(dir, 'operators.json'), JSON.stringify(operators), { mode: 0o600 });
  const session = options.sessionSecret ?? 'a secret that is only for tests, and long';
  await writeFile(join(dir, 'session-secret'), session, { mode: 0o600 });
  await writeFile(join(dir, 'sealing.json'), sampleKeyring, { mode: 0o600 });
  await writeFile(join(dir, 'keycourier.yaml'), configText(options), { mode: 0o600 });
  const settings = parseEnvironment(consoleEnvironment, {
    KEYCOURIER_MODE: options.mode ?? 'local',
    DATABASE_URL: options.databaseUrl,
    REDIS_URL: options.redisUrl,
    CONSOLE_PORT: '0',
    KEYCOURIER_CONFIG: join(dir, 'keycourier.yaml'),
    SEALING_KEYS_FILE: join(dir, 'sealing.json'),
    CONSOLE_OPERATORS_FILE: join(dir, 'operators.json'),
    SESSION_SECRET_FILE: join(dir, 'session-secret'),
  });
  const lines: string[] = [];
  const destination = new Writable({
    write(chunk, _encoding, done) {
      lines.push(String(chunk));
      done();
    },
  });
  const logger = createLogger({ name: 'console', level: 'info', destination });
  const { now } = options;
  const started = await startConsole(settings, logger, {
    environment: { TEST_CLIENT_SECRET: testClientSecret },
    limits: patience,
    oktaTimeoutSeconds: untilTimeoutMs / 1_000,
    ...(now === undefined ? {} : { now }),
  });
  let closing: Promise<void> | undefined;
  const close = (): Promise<void> => (closing ??= started.close());
  closeAtEnd(async () => {
    await close();
    await rm(dir, { recursive: true, force: true });
  });
  return { ...started, close, log: () => lines.join('') };
}

/** The console reads the names of the tenants, and none of their secrets. */
const configText = ({
  tenants = ['acme', 'globex'],
  console,
}: {
  tenants?: readonly string[];
  console?: unknown;
}): string => JSON.stringify({ console, tenants: Object.fromEntries(tenants.map((name) => [name, tenantSettings])) });

const unused = { env: 'UNUSED' };
const tenantSettings = {
  okta: { orgUrl: 'https://acme.okta.example', auth: { token: unused } },
  hook: { secrets: [unused] },
  fulfillment: { apiUrl: 'https://keys.example/v1', keysUrl: 'https://keys.example', token: unused },
  products: [{ productId: '1', inventoryProductId: '106', customizationId: 'RXJN83' }],
  pin: { channel: 'okta' },
};

const hashes = new Map<string, string>();

/** A hash of the lowest cost that the console accepts; the default cost takes six times as long. One for each password. */
function cheapHash(password: string): string {
  const known = hashes.get(password);
  if (known !== undefined) return known;
  const salt = randomBytes(16);
  const key = scryptSync(password, salt, 32, { N: 2 ** 14, r: 8, p: 1 });
  const hash = `scrypt$${2 ** 14}$8$1$${salt.toString('base64url')}$${key.toString('base64url')}`;
  hashes.set(password, hash);
  return hash;
}
