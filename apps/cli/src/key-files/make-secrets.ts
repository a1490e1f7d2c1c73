import { randomBytes } from 'node:crypto';
import { mkdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { makeOperator, writeOperatorRows } from '@keycourier/config/key-files/operators';
import { generatePinCopyKey, publicHalf, writePinCopyKeys } from '@keycourier/config/key-files/pin-copy-keys';
import { generateKeyring } from '@keycourier/ledger/sealing';

import { CliError } from '../errors.ts';

/** Where each file belongs in the data dir of processes that run beside it, and under which name Compose mounts it. */
export type Layout = 'data-dir' | 'compose';

export interface MadeSecrets {
  files: readonly string[];
  operator: { user: string; password: string };
  /** What the provider receives, where PINs are mailed by `smtp`. */
  pinCopyPublicKey: ReturnType<typeof publicHalf>;
}

const random = (): string => randomBytes(32).toString('base64url');

/**
 * Makes every secret that an installation generates itself, and an empty file for each that someone else issues. Writes
 * nothing if one of the files exists.
 * @throws CliError `usage`
 */
export async function makeSecrets(
  folder: string,
  { layout, simulators }: { layout: Layout; simulators: boolean },
): Promise<MadeSecrets> {
  const [operator, pinCopyKey] = await Promise.all([
    makeOperator('operator'),
    generatePinCopyKey(`pin-copy-${new Date().toISOString().slice(0, 10)}`),
  ]);
  // In production, operators sign in with Okta, and an account of the file is for emergencies.
  const own = {
    operators: writeOperatorRows([{ ...operator.row, breakGlass: !simulators }]),
    pinCopy: writePinCopyKeys([pinCopyKey]),
  };
  const texts =
    layout === 'data-dir' ? dataDirFiles(own) : composeFiles(own, simulators ? publicHalf(pinCopyKey) : null);
  const files = Object.entries(texts).map(([name, text]) => ({ path: join(folder, name), text }));
  await refuseExisting(files.map(({ path }) => path));
  await mkdir(folder, { recursive: true, mode: 0o700 });
  for (const { path, text } of files) await writeFile(path, text, { mode: 0o600, flag: 'wx' });
  return {
    files: files.map(({ path }) => path),
    operator: { user: operator.row.user, password: operator.password },
    pinCopyPublicKey: publicHalf(pinCopyKey),
  };
}

async function refuseExisting(paths: readonly string[]): Promise<void> {
  for (const path of paths)
    if ((await stat(path).catch(() => null)) !== null)
      throw new CliError('usage', `${path} exists already: nothing was written`);
}

interface OwnFiles {
  operators: string;
  pinCopy: string;
}

const dataDirFiles = ({ operators, pinCopy }: OwnFiles): Record<string, string> => ({
  'sealing.json': generateKeyring(),
  'session-secret': random(),
  'operators.json': operators,
  'pin-copy.json': pinCopy,
  'hook-secret': random(),
});

/** The files that docker-compose.yml names. With the simulators, their tokens and databases fit together. */
function composeFiles(
  { operators, pinCopy }: OwnFiles,
  simulatedPinCopyKey: ReturnType<typeof publicHalf> | null,
): Record<string, string> {
  const [database, simulatorDatabase, oktaToken, fulfillmentToken] = [random(), random(), random(), random()];
  const simulated = (name: string): string =>
    `DATABASE_URL=postgres://simulators:${simulatorDatabase}@simulator-postgres:5432/${name}\n`;
  const isSimulated = simulatedPinCopyKey !== null;
  const organizations = [{ name: 'acme', token: fulfillmentToken, pinCopyKey: simulatedPinCopyKey }];
  return {
    postgres_password: database,
    'database.env': `DATABASE_URL=postgres://keycourier:${database}@postgres:5432/keycourier\n`,
    sealing_keys: generateKeyring(),
    console_session_secret: random(),
    console_operators: operators,
    pin_copy_key: pinCopy,
    okta_hook_secret: random(),
    okta_token: isSimulated ? oktaToken : '',
    fulfillment_token: isSimulated ? fulfillmentToken : '',
    smtp_url: isSimulated ? 'smtp://inbox:8025' : '',
    // Compose requires every file that a service names, also of a profile that does not run.
    simulator_postgres_password: isSimulated ? simulatorDatabase : '',
    'okta_simulator.env': isSimulated ? `${simulated('okta_simulator')}OKTA_SIMULATOR_TOKEN=${oktaToken}\n` : '',
    'fulfillment_simulator.env': isSimulated ? simulated('fulfillment_simulator') : '',
    'fulfillment_simulator.json': isSimulated ? JSON.stringify({ organizations, clockSpeed: 86_400 }) : '',
  };
}
