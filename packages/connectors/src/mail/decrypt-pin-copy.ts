import { ConnectorError } from '@keycourier/journey/ports/errors';
import { compactDecrypt, type JWK } from 'jose';
import { z } from 'zod';

import { refuse } from './faults.ts';

/** The plaintext of a PIN copy, whose format is our own proposal to the provider (decision 0013). */
const pinCopySchema = z.looseObject({
  version: z.literal(1),
  serial: z.union([z.string(), z.number().int()]).transform(String).nullish(),
  pin: z.string().regex(/^\d{6,8}$/),
});

export interface PinCopy {
  pin: string;
  serial: string | null;
}

const algorithm = 'ECDH-ES+A256KW';

/**
 * Decrypts the provider's copy of a PIN with the key that its header names.
 * @throws ConnectorError `refused`: no such key, another algorithm, a broken envelope, or content that is no PIN copy.
 */
export async function decryptPinCopy(jwe: string, privateKeys: readonly JWK[]): Promise<PinCopy> {
  const plaintext = await decrypt(jwe, privateKeys);
  try {
    const { pin, serial } = pinCopySchema.parse(JSON.parse(new TextDecoder().decode(plaintext)));
    return { pin, serial: serial ?? null };
  } catch {
    // A parser's message quotes the text that it could not parse, which may be the PIN.
    throw refuse('pinCopy', 'unreadable');
  } finally {
    plaintext.fill(0);
  }
}

async function decrypt(jwe: string, privateKeys: readonly JWK[]): Promise<Uint8Array> {
  try {
    const { plaintext } = await compactDecrypt(
      jwe,
      ({ kid }) => {
        const key = privateKeys.find((one) => one.kid === kid);
        if (key === undefined || kid === undefined) throw refuse('pinCopy', 'sealed_to_another_key');
        return { ...key, alg: algorithm };
      },
      { keyManagementAlgorithms: [algorithm], contentEncryptionAlgorithms: ['A256GCM'] },
    );
    return plaintext;
  } catch (error) {
    throw error instanceof ConnectorError ? error : refuse('pinCopy', 'unopened');
  }
}
