import { ConnectorError } from '@keycourier/journey/ports/errors';
import type { JsonLimits } from '@keycourier/runtime/json/json-limits';
import { readJson } from '@keycourier/runtime/json/read-json';
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
    const copy = await parse(await verifyPinCopy(plaintext, isSigned, expected.signature));
    if (copy.shipmentId !== expected.orderId) throw refuse('pinCopy', 'for_another_order');
    if (copy.serial !== expected.serial) throw refuse('pinCopy', 'for_another_key');
    return copy.pin;
  } finally {
    plaintext.fill(0);
  }
}

/** A member twice is refused too. No message of a parser gets out: it may quote the PIN. */
async function parse(content: Uint8Array): Promise<z.output<typeof pinCopySchema>> {
  const read = await readJson(inOneChunk(content), jsonLimits).finally(() => content.fill(0));
  const { data } = pinCopySchema.safeParse(read.outcome === 'read' ? read.json : undefined);
  if (data === undefined) throw refuse('pinCopy', 'unreadable');
  return data;
}

async function* inOneChunk(content: Uint8Array): AsyncGenerator<Uint8Array> {
  yield content;
}

const jsonLimits = {
  depth: 1,
  values: 8,
  members: 8,
  elements: 0,
  characters: 256,
  isTolerant: false,
} as const satisfies JsonLimits;

/** jose imports each key object once: the same JWK must be the same object. */
const keysForAlgorithm = new WeakMap<JWK, JWK>();

function keyFor(key: JWK): JWK {
  const known = keysForAlgorithm.get(key) ?? { ...key, alg: algorithm };
  keysForAlgorithm.set(key, known);
  return known;
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
        return keyFor(key);
      },
      { keyManagementAlgorithms: [algorithm], contentEncryptionAlgorithms: ['A256GCM'] },
    );
    return { plaintext, isSigned: protectedHeader.cty === 'JWT' };
  } catch (error) {
    throw error instanceof ConnectorError ? error : refuse('pinCopy', 'unopened');
  }
}
