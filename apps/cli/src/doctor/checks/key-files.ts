import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { refuseGenerated } from '@keycourier/config/generated';
import { parseOperatorRows, refuseOrdinaryAccounts } from '@keycourier/config/key-files/operators';
import { parsePinCopyKeys } from '@keycourier/config/key-files/pin-copy-keys';
import { LedgerError } from '@keycourier/ledger/errors';
import { readSealing } from '@keycourier/ledger/read-sealing';
import { ProcessError } from '@keycourier/runtime/errors';

import type { Check, SetupUnderCheck } from '../check.ts';
import { checkFile } from '../file-mode.ts';
import { type Finding, firstLine, red, skipped } from '../finding.ts';

/** Reads the file and throws if it is invalid. */
type Validate = (path: string, mode: string | undefined) => Promise<void>;

interface KeyFile {
  name: string;
  variable: string;
  defaultName: string;
  validate: Validate;
  /** Null where it is needed. */
  notNeeded?: (subject: SetupUnderCheck, path: string) => Finding | null;
}

const validateText =
  (parse: (text: string, path: string) => unknown): Validate =>
  async (path, mode) => {
    const text = await readFile(path, 'utf8');
    refuseGenerated(text, mode, path);
    parse(text, path);
  };

const validateOperators: Validate = async (path, mode) => {
  const text = await readFile(path, 'utf8');
  refuseGenerated(text, mode, path);
  refuseOrdinaryAccounts(parseOperatorRows(text), { path, mode });
};

const validateSessionSecret: Validate = async (path, mode) => {
  const text = (await readFile(path, 'utf8')).trim();
  refuseGenerated(text, mode, path);
  if (text.length < 32) throw new ProcessError('bad_config', `${path} has fewer than 32 characters`);
};

const keyFiles: readonly KeyFile[] = [
  {
    name: 'file.sealing-keys',
    variable: 'SEALING_KEYS_FILE',
    defaultName: 'sealing.json',
    validate: async (path, mode) => void (await readSealing(path, mode ?? 'production')),
  },
  {
    name: 'file.pin-copy-key',
    variable: 'PIN_COPY_KEY_FILE',
    defaultName: 'pin-copy.json',
    validate: validateText(parsePinCopyKeys),
    notNeeded: ({ config }) => {
      if (config === null) return skipped('the config file is not readable');
      return Object.values(config.tenants).some(({ pin }) => pin.channel === 'smtp')
        ? null
        : skipped('not needed: Okta sends the PIN mails');
    },
  },
  {
    name: 'file.operators',
    variable: 'CONSOLE_OPERATORS_FILE',
    defaultName: 'operators.json',
    validate: validateOperators,
    notNeeded: ({ config }, path) =>
      config?.console?.signIn !== undefined && !existsSync(path)
        ? skipped('not needed: operators sign in with Okta (console.signIn)')
        : null,
  },
  {
    name: 'file.session-secret',
    variable: 'SESSION_SECRET_FILE',
    defaultName: 'session-secret',
    validate: validateSessionSecret,
  },
];

/** The key files exist, are readable by their owner only, and are valid. */
export const keyFileChecks: readonly Check<SetupUnderCheck>[] = keyFiles.map((file) => ({
  name: file.name,
  run: async (subject) => file.notNeeded?.(subject, pathOf(file, subject)) ?? checkKeyFile(file, subject),
}));

const pathOf = ({ variable, defaultName }: KeyFile, { environment, setup }: SetupUnderCheck): string =>
  environment[variable] || join(setup.dataDir, 'keys', defaultName);

async function checkKeyFile(file: KeyFile, subject: SetupUnderCheck): Promise<Finding> {
  const { variable, validate } = file;
  const { environment } = subject;
  const path = pathOf(file, subject);
  const found = await checkFile(path, environment['KEYCOURIER_MODE']);
  if (found.status === 'red') return { ...found, fix: `${found.fix ?? ''} (${variable})` };
  try {
    await validate(path, environment['KEYCOURIER_MODE']);
    return found;
  } catch (error) {
    if (!(error instanceof ProcessError || error instanceof LedgerError || isSystemError(error))) throw error;
    return red(firstLine(error.message), `replace the file, or set ${variable} to another`);
  }
}

const isSystemError = (error: unknown): error is Error => error instanceof Error && 'syscall' in error;
