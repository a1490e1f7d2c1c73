import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

import type { PinCopyCurve } from '@keycourier/config/key-files/pin-copy-curves';
import {
  generatePinCopyKey,
  parsePinCopyKeys,
  publicHalf,
  writePinCopyKeys,
} from '@keycourier/config/key-files/pin-copy-keys';
import { ProcessError } from '@keycourier/runtime/errors';

import { printResult, type Cli } from '../cli.ts';
import { findSetup } from '../connection/read-tenants.ts';
import { CliError } from '../errors.ts';
import { confirm } from '../output/confirm.ts';
import { replaceFile } from '../output/replace-file.ts';

/**
 * Adds a PIN-copy key beside the former ones, which still decrypt the copies of orders under way; `finish` removes those.
 * @param options.curve by default that of the newest key: a policy that asked for it may still hold
 * @throws CliError
 */
export async function rotatePinCopy(
  cli: Cli,
  { finish = false, curve }: { finish?: boolean | undefined; curve?: PinCopyCurve | undefined },
): Promise<void> {
  const { dataDir, environment } = await findSetup(cli.environment);
  const path = environment['PIN_COPY_KEY_FILE'] || join(dataDir, 'keys', 'pin-copy.json');
  const keys = await readKeys(path);
  const newest = keys.at(-1);
  if (newest === undefined || (finish && keys.length === 1))
    throw new CliError('usage', `${path} has one key: there is no rotation to finish`);
  if (finish) {
    await confirm(cli, 'A PIN copy that was made for a former key can no longer be opened: its order is held.');
    await replaceFile(path, writePinCopyKeys([newest]));
    const former = keys.slice(0, -1).map(({ kid }) => kid);
    return printResult(
      cli,
      { file: path, removed: former },
      () => `Removed ${former.join(', ')}. Restart the workers.`,
    );
  }
  const kid = `pin-copy-${cli.now().toISOString().slice(0, 10)}-${keys.length + 1}`;
  const fresh = await generatePinCopyKey(kid, curve ?? newest.crv);
  await replaceFile(path, writePinCopyKeys([...keys, fresh]));
  const publicKey = publicHalf(fresh);
  printResult(cli, { file: path, publicKey }, () => JSON.stringify(publicKey));
  cli.terminal.err(
    'Restart the workers, then register this public key with the provider. Once no order under the former key is open, run this with --finish.',
  );
}

async function readKeys(path: string): Promise<ReturnType<typeof parsePinCopyKeys>> {
  try {
    return parsePinCopyKeys(await readFile(path, 'utf8'), path);
  } catch (cause) {
    if (cause instanceof ProcessError) throw new CliError('usage', cause.message, { cause });
    throw new CliError('file_unreadable', `${path} cannot be read (PIN_COPY_KEY_FILE)`, { cause });
  }
}
