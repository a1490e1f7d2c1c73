import { ConnectorError } from '@keycourier/journey/ports/errors';
import { compactDecrypt, type JWK } from 'jose';
import { z } from 'zod';

import { refuse } from './faults.ts';
import { verifyPinCopy, type Signature } from './verify-pin-copy.ts';

/** The plaintext of a PIN copy. The format is our own proposal to the provider, so it is parsed strictly (decision 0038). */
const pinCopySchema = z.strictObject({
  version: z.literal(1),
  shipmentId: z.string().min(1),
  serial: z.union([z.string().min(1), z.number().int()]).transform(String),
  pin: z.string().regex(/^\d{6,8}$/),
});

/** The order and the key that a copy must be of, as the provider reported them to us. */
export interface KeyOfPin {
  orderId: string;
  serial: string;
}

const algorithm = 'ECDH-ES+A256KW';

/**
 * Decrypts the provider's copy of a PIN with the key that its header names, and verifies that the provider signed it for this
 * order and this key.
 * @throws ConnectorError `refused`, with one problem of `pinCopy` and nothing of the content
 */
export async function decryptPinCopy(
  jwe: string,
  expected: KeyOfPin & { privateKeys: readonly JWK[]; signature: Signature },
): Promise<string> {
  const { plaintext, isSigned } = await decrypt(jwe, expected.privateKeys);
  try {
    const copy = parse(await verifyPinCopy(plaintext, isSigned, expected.signature));
    if (copy.shipmentId !== expected.orderId) throw refuse('pinCopy', 'for_another_order');
    if (copy.serial !== expected.serial) throw refuse('pinCopy', 'for_another_key');
    return copy.pin;
  } finally {
    plaintext.fill(0);
  }
}

function parse(content: Uint8Array): z.output<typeof pinCopySchema> {
  try {
    return pinCopySchema.parse(JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(content)));
  } catch {
    // A parser's message quotes the text that it could not parse, which may be the PIN.
    throw refuse('pinCopy', 'unreadable');
  } finally {
    content.fill(0);
  }
}

async function decrypt(
  jwe: string,
  privateKeys: readonly JWK[],
): Promise<{ plaintext: Uint8Array; isSigned: boolean }> {
  try {
    const { plaintext, protectedHeader } = await compactDecrypt(
      jwe,
      ({ kid }) => {
        const key = privateKeys.find((one) => one.kid === kid);
        if (key === undefined || kid === undefined) throw refuse('pinCopy', 'sealed_to_another_key');
        return { ...key, alg: algorithm };
      },
      { keyManagementAlgorithms: [algorithm], contentEncryptionAlgorithms: ['A256GCM'] },
    );
    return { plaintext, isSigned: protectedHeader.cty === 'JWT' };
  } catch (error) {
    throw error instanceof ConnectorError ? error : refuse('pinCopy', 'unopened');
  }
}
