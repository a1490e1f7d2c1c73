import { readFile } from 'node:fs/promises';

import { LedgerError } from './errors.ts';
import { createSealing, localKeyId, parseKeyring, type Sealing } from './sealing.ts';

/**
 * The sealing that a process uses, from its keyring file. A keyring that the local stack made for itself is refused
 * everywhere else (invariant 11).
 * @throws LedgerError `bad_keyring`, naming the file and never a key
 */
export async function readSealing(path: string, mode: string): Promise<Sealing> {
  const text = await readFile(path, 'utf8').catch((cause: unknown) => {
    throw new LedgerError('bad_keyring', `The sealing keys cannot be read (${path})`, { cause });
  });
  const keyring = parseKeyring(text);
  if (mode !== 'local' && localKeyId in keyring.keys)
    throw new LedgerError(
      'bad_keyring',
      `The sealing keys in ${path} were generated for KEYCOURIER_MODE=local; make your own`,
    );
  return createSealing(keyring);
}
