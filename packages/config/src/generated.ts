import { ProcessError } from '@keycourier/runtime/errors';

/** The prefix of every credential that `local` generates. */
export const generatedMark = 'local_';

/** Whether `local` generated a credential, or a key by its id. */
export const isGenerated = (value: string): boolean => value.includes(generatedMark);

/**
 * Generated credentials are for the local stack alone (invariant 11): they are not protected, and a data folder is easily
 * copied. `value` is a credential, or the text of a file of keys; `place` names its variable or file.
 * @throws ProcessError `bad_config`, naming the place and never the value
 */
export function refuseGenerated(value: string, mode: string | undefined, place: string): void {
  if (mode !== 'local' && isGenerated(value))
    throw new ProcessError(
      'bad_config',
      `The credential in ${place} was generated for KEYCOURIER_MODE=local; create your own`,
    );
}
