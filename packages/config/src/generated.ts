import { ProcessError } from '@keycourier/runtime/errors';

/** What every credential begins with that `local` made for itself. */
export const generatedMark = 'local_';

/** Whether a credential, or a key by its id, was made by `local` for itself. */
export const isGenerated = (value: string): boolean => value.includes(generatedMark);

/**
 * Generated credentials are for the local stack alone (invariant 11): they are made without anybody's care, and a data
 * dir is easily copied. `value` is a credential, or the text of a file of keys.
 * @throws ProcessError `bad_config`, naming the place and never the value
 */
export function refuseGenerated(value: string, mode: string | undefined, place: string): void {
  if (mode !== 'local' && isGenerated(value))
    throw new ProcessError(
      'bad_config',
      `The credential in ${place} was generated for KEYCOURIER_MODE=local; make one of your own`,
    );
}
