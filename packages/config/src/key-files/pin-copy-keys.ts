import { ProcessError } from '@keycourier/runtime/errors';
import { exportJWK, generateKeyPair } from 'jose';
import { z } from 'zod';

import { pinCopyCurves, type PinCopyCurve } from './pin-copy-curves.ts';

/** A private key that decrypts the provider's copies of PINs, for ECDH-ES+A256KW. */
const pinCopyKey = z.looseObject({
  kty: z.literal('EC'),
  crv: z.enum(pinCopyCurves),
  kid: z.string().min(1),
  x: z.string(),
  y: z.string(),
  d: z.string(),
});

export type PinCopyKey = z.output<typeof pinCopyKey>;

/** One JWK, or while keys are rotated a JWK Set (RFC 7517, section 5). */
const pinCopyFile = z.union([
  pinCopyKey.transform((key) => [key]),
  z.looseObject({ keys: z.array(pinCopyKey).min(1) }).transform(({ keys }) => keys),
]);

/**
 * Reads the text of a file of PIN-copy keys. The newest is the last.
 * @throws ProcessError `bad_config`, naming the path and never a key
 */
export function parsePinCopyKeys(text: string, path: string): readonly PinCopyKey[] {
  const parsed = pinCopyFile.safeParse(parseJson(text));
  if (!parsed.success)
    throw new ProcessError(
      'bad_config',
      `${path} is not a private JWK with a kid on ${pinCopyCurves.join(' or ')}, nor a JWK Set of such keys`,
    );
  const kids = parsed.data.map(({ kid }) => kid);
  if (new Set(kids).size < kids.length) throw new ProcessError('bad_config', `${path} has two keys with one kid`);
  return parsed.data;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

export async function generatePinCopyKey(kid: string, crv: PinCopyCurve = pinCopyCurves[0]): Promise<PinCopyKey> {
  const { privateKey } = await generateKeyPair('ECDH-ES+A256KW', { crv, extractable: true });
  return pinCopyKey.parse({ ...(await exportJWK(privateKey)), kid });
}

/** What the provider receives, out of band. */
export const publicHalf = ({ kty, crv, kid, x, y }: PinCopyKey) => ({ kty, crv, kid, x, y });

/** The text of the file; a single key is kept as a JWK, which older versions read, too. */
export const writePinCopyKeys = (keys: readonly PinCopyKey[]): string =>
  `${JSON.stringify(keys.length === 1 ? keys[0] : { keys })}\n`;
