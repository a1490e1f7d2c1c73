import { readFile } from 'node:fs/promises';

import { ProcessError } from '@keycourier/runtime/errors';
import { z } from 'zod';

import { refuseGenerated } from './generated.ts';

/** The config file never contains a secret: it names an environment variable, or a file that only the process can read. */
export const secretReference = z.union([
  z.strictObject({ env: z.string().min(1) }),
  z.strictObject({ file: z.string().min(1) }),
]);

export type SecretReference = z.infer<typeof secretReference>;

/**
 * The secret that a reference names. Called only by the process that uses it.
 * @throws ProcessError `bad_config`, naming the reference and never the value
 */
export async function resolveSecret(
  reference: SecretReference,
  environment: Readonly<Record<string, string | undefined>>,
): Promise<string> {
  const value = await readSecret(reference, environment);
  refuseGenerated(value, environment['KEYCOURIER_MODE'], 'env' in reference ? reference.env : reference.file);
  return value;
}

async function readSecret(
  reference: SecretReference,
  environment: Readonly<Record<string, string | undefined>>,
): Promise<string> {
  if ('env' in reference) {
    const value = environment[reference.env];
    if (value === undefined || value === '')
      throw new ProcessError(
        'bad_config',
        `The environment variable ${reference.env}, named in the config file, is not set`,
      );
    return value;
  }
  const text = await readFile(reference.file, 'utf8').catch((cause: unknown) => {
    throw new ProcessError(
      'bad_config',
      `The secret file ${reference.file}, named in the config file, cannot be read`,
      { cause },
    );
  });
  return text.trim();
}
