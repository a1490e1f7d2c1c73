import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { refuseGenerated } from '@keycourier/config/generated';
import { LedgerError } from '@keycourier/ledger/errors';
import { readSealing } from '@keycourier/ledger/read-sealing';
import { ProcessError } from '@keycourier/runtime/errors';
import { z } from 'zod';

import type { Check, SetUpUnderCheck } from '../check.ts';
import { checkMode } from '../file-mode.ts';
import { red, skipped, type Finding } from '../finding.ts';
import { firstLine } from '../unless-green.ts';

/** Reads the file and throws for what cannot be used. */
type Use = (path: string, mode: string | undefined) => Promise<void>;

interface KeyFile {
  name: string;
  variable: string;
  standard: string;
  use: Use;
  isNeeded?: (subject: SetUpUnderCheck) => Finding | null;
}

const privateKey = z.looseObject({
  kty: z.literal('EC'),
  crv: z.literal('P-384'),
  kid: z.string().min(1),
  d: z.string(),
});
const operatorList = z.array(z.looseObject({ user: z.string().min(1), passwordHash: z.string().min(1) })).min(1);

const useJson =
  (shape: z.ZodType, what: string): Use =>
  async (path, mode) => {
    const text = await readFile(path, 'utf8');
    refuseGenerated(text, mode, path);
    if (!shape.safeParse(parseJson(text)).success) throw new ProcessError('bad_config', `${path} is not ${what}`);
  };

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const useSessionSecret: Use = async (path, mode) => {
  const text = (await readFile(path, 'utf8')).trim();
  refuseGenerated(text, mode, path);
  if (text.length < 32) throw new ProcessError('bad_config', `${path} has less than 32 characters`);
};

const keyFiles: readonly KeyFile[] = [
  {
    name: 'file.sealing-keys',
    variable: 'SEALING_KEYS_FILE',
    standard: 'sealing.json',
    use: async (path, mode) => void (await readSealing(path, mode ?? 'production')),
  },
  {
    name: 'file.pin-copy-key',
    variable: 'PIN_COPY_KEY_FILE',
    standard: 'pin-copy.json',
    use: useJson(privateKey, 'a private P-384 JWK with a kid'),
    isNeeded: ({ isMailing }) => {
      if (isMailing === null) return skipped('the config file does not say whether it is needed');
      return isMailing ? null : skipped('not needed: no tenant mails PINs itself');
    },
  },
  {
    name: 'file.operators',
    variable: 'CONSOLE_OPERATORS_FILE',
    standard: 'operators.json',
    use: useJson(operatorList, 'a list of operators with user and passwordHash'),
  },
  { name: 'file.session-secret', variable: 'SESSION_SECRET_FILE', standard: 'session-secret', use: useSessionSecret },
];

/** The files of keys: there, readable by their owner alone, and what the processes take. */
export const keyFileChecks: readonly Check<SetUpUnderCheck>[] = keyFiles.map((file) => ({
  name: file.name,
  run: async (subject) => file.isNeeded?.(subject) ?? checkFile(file, subject),
}));

async function checkFile(
  { variable, standard, use }: KeyFile,
  { environment, setUp }: SetUpUnderCheck,
): Promise<Finding> {
  const given = environment[variable];
  const path = given === undefined || given === '' ? join(setUp.dataDir, 'keys', standard) : given;
  const mode = await checkMode(path);
  if (mode.status === 'red') return { ...mode, fix: `${mode.fix ?? ''} (${variable})` };
  try {
    await use(path, environment['KEYCOURIER_MODE']);
    return mode;
  } catch (error) {
    if (!(error instanceof ProcessError || error instanceof LedgerError || isSystemError(error))) throw error;
    return red(firstLine(error.message), `put another file there, or name one in ${variable}`);
  }
}

const isSystemError = (error: unknown): error is Error => error instanceof Error && 'syscall' in error;
