import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { connectLedger } from '@keycourier/ledger/connect-ledger';
import { LedgerError } from '@keycourier/ledger/errors';
import { countSealed } from '@keycourier/ledger/reseal';
import { applyRotationStep, nextRotationStep, type RotationStep } from '@keycourier/ledger/rotate-keyring';
import { createSealing, parseKeyring } from '@keycourier/ledger/sealing';
import { postgresUrl } from '@keycourier/runtime/service-url';

import { printResult, type Cli } from '../cli.ts';
import { findSetup } from '../connection/read-tenants.ts';
import { CliError } from '../errors.ts';
import { confirm } from '../output/confirm.ts';
import { replaceFile } from '../output/replace-file.ts';

/** Runs the next step of a rotation of the sealing key, and says what comes then. @throws CliError */
export async function rotateSealing(cli: Cli): Promise<void> {
  const { dataDir, environment } = await findSetup(cli.environment);
  const path = environment['SEALING_KEYS_FILE'] || join(dataDir, 'keys', 'sealing.json');
  const text = await readFile(path, 'utf8').catch((cause: unknown) => {
    throw new CliError('file_unreadable', `${path} cannot be read (SEALING_KEYS_FILE)`, { cause });
  });
  const step = nextStep(text);
  const remaining = step.step === 'remove' ? await countFormer(environment['DATABASE_URL'], text, step.former) : 0;
  if (remaining > 0) {
    const wait = `${remaining} stored values still need ${namesOf(step)}. Workers seal them again at their start and every ERASE_EVERY_MS; run this again then.`;
    return printResult(cli, { step: 'wait', remaining, file: path }, () => wait);
  }
  await confirm(cli, questionBefore(step));
  await replaceFile(path, applyRotationStep(text, step));
  printResult(cli, { ...step, file: path }, () => `${whatHappened(step)}\n${whatIsNext(step)}`);
}

function nextStep(text: string): RotationStep {
  try {
    return nextRotationStep(text);
  } catch (error) {
    if (error instanceof LedgerError) throw new CliError('usage', error.message, { cause: error });
    throw error;
  }
}

async function countFormer(databaseUrl: string | undefined, text: string, former: readonly string[]): Promise<number> {
  const url = postgresUrl.safeParse(databaseUrl);
  if (!url.success)
    throw new CliError('usage', 'Set DATABASE_URL: the former key may go only once it seals nothing in the database');
  const sealing = createSealing(parseKeyring(text));
  const ledger = connectLedger({ databaseUrl: url.data, sealing, maxConnections: 1, maxRequestsInFlight: () => 1 });
  try {
    const counts = await countSealed(ledger);
    return former.reduce((sum, name) => sum + (counts[name] ?? 0), 0);
  } catch (cause) {
    throw new CliError('unreachable', 'The database cannot be read. Check DATABASE_URL', { cause });
  } finally {
    await ledger.close();
  }
}

const namesOf = (step: RotationStep): string => (step.step === 'remove' ? step.former.join(', ') : step.key);

function questionBefore(step: RotationStep): string {
  switch (step.step) {
    case 'add':
      return `The sealing key ${step.key} is added, not used yet.`;
    case 'activate':
      return `${step.key} seals from now on: a process that has not restarted since it was added cannot read what it seals.`;
    case 'remove':
      return `${namesOf(step)} is removed: a process that has not restarted since ${step.key} was activated still seals with it, and backups from before need it.`;
  }
}

function whatHappened(step: RotationStep): string {
  switch (step.step) {
    case 'add':
      return `Added the sealing key ${step.key}; it does not seal yet.`;
    case 'activate':
      return `${step.key} seals now; ${step.former} still unseals.`;
    case 'remove':
      return `Removed ${namesOf(step)}; ${step.key} seals everything.`;
  }
}

function whatIsNext(step: RotationStep): string {
  switch (step.step) {
    case 'add':
      return 'Restart every process with this file, then run this again.';
    case 'activate':
      return 'Restart every process. The workers then seal stored values again; run this again to remove the former key.';
    case 'remove':
      return 'Restart every process when it suits. Keep the former file for as long as backups from before are kept.';
  }
}
