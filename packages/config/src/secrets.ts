import { statSync } from 'node:fs';
import { readFile } from 'node:fs/promises';

import { ProcessError } from '@keycourier/runtime/errors';
import { z } from 'zod';

import { isGenerated } from './generated.ts';
import { refusals } from './refusals.ts';

/** The config file never contains a secret: it names an environment variable, or a file that only the process can read. */
export const secretReference = z.union(
  [z.strictObject({ env: z.string().min(1) }), z.strictObject({ file: z.string().min(1) })],
  { error: ({ input }) => (typeof input === 'string' ? refusals.inlineSecret() : undefined) },
);

export type SecretReference = z.infer<typeof secretReference>;

type Environment = Readonly<Record<string, string | undefined>>;

const mostBytes = 65_536;

/** The variable or the file, as messages name it. */
export const placeOf = (reference: SecretReference): string =>
  'env' in reference ? `the environment variable ${reference.env}` : `the file ${reference.file}`;

/**
 * The secret that a reference names, without white space around it. Called only by the process that uses it.
 * @throws ProcessError `bad_config`, naming the reference and never the value
 */
export async function resolveSecret(reference: SecretReference, environment: Environment): Promise<string> {
  const value = (await readSecret(reference, environment)).trim();
  const place = placeOf(reference);
  if (value === '') throw new ProcessError('bad_config', refusals.empty(place));
  if (environment['KEYCOURIER_MODE'] !== 'local' && isGenerated(value))
    throw new ProcessError('bad_config', refusals.generated(place));
  return value;
}

async function readSecret(reference: SecretReference, environment: Environment): Promise<string> {
  if ('file' in reference) return readSecretFile(reference.file);
  const value = environment[reference.env];
  if (value === undefined || value === '')
    throw new ProcessError('bad_config', refusals.missingVariable(reference.env));
  return value;
}

/** By path, with what shows that a file is another one now: a secret is needed for each call to a service. */
const contents = new Map<string, { version: string; text: string }>();

/** A file that changed just now may change again within one tick of its clock. */
const stableAfterMs = 2_000;

async function readSecretFile(path: string): Promise<string> {
  try {
    // Some microseconds; a thread for it, as stat() takes one, costs twenty times as much for each call to a service.
    const file = statSync(path, { bigint: true });
    if (!file.isFile()) throw new ProcessError('bad_config', refusals.missingFile(path, 'it is not a file'));
    if (file.size > mostBytes) throw new ProcessError('bad_config', refusals.tooBig(`the file ${path}`));
    const version = [file.dev, file.ino, file.size, file.mtimeNs, file.ctimeNs].join(' ');
    const known = contents.get(path);
    if (known?.version === version) return known.text;
    const text = await readFile(path, 'utf8');
    if (Date.now() - Number(file.ctimeMs) > stableAfterMs) contents.set(path, { version, text });
    else contents.delete(path);
    return text;
  } catch (cause) {
    if (cause instanceof ProcessError) throw cause;
    throw new ProcessError('bad_config', refusals.missingFile(path, reasonOf(cause)), { cause });
  }
}

/** What a person calls the commonest system errors; else the code. */
export function reasonOf(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown error';
  if (code === 'ENOENT') return 'it does not exist';
  return code === 'EACCES' ? 'this user may not read it' : code;
}
