import { readFile, writeFile } from 'node:fs/promises';

import { makeSigner, sealPinCopy } from '@keycourier/connectors/testing/pin-copies';
import type { JWK } from 'jose';
import { z } from 'zod';

const preparedKeys = z.strictObject({
  /** As the provider publishes it. */
  signingKey: z.record(z.string(), z.unknown()),
  /** In the order in which orders come. */
  keys: z.array(z.strictObject({ orderId: z.string(), serial: z.string(), pinCopy: z.string() })),
});

export type PreparedKeys = z.infer<typeof preparedKeys>;

/** Programs as many keys as will be ordered, before anything is measured: the provider's cryptography is not ours. */
export async function prepareKeys(count: number, publicKey: JWK): Promise<PreparedKeys> {
  const signer = await makeSigner('bench-signing-key');
  const one = async (_: unknown, index: number): Promise<PreparedKeys['keys'][number]> => {
    const key = { orderId: `bench-order-${index}`, serial: String(10_000_000 + index) };
    const content = { version: 1, shipmentId: key.orderId, serial: key.serial, pin: '314159' };
    return { ...key, pinCopy: await sealPinCopy(await signer.sign(content), publicKey, { cty: 'JWT' }) };
  };
  return { signingKey: { ...signer.publishedKey }, keys: await Promise.all(Array.from({ length: count }, one)) };
}

export const writePreparedKeys = (path: string, keys: PreparedKeys): Promise<void> =>
  writeFile(path, JSON.stringify(keys));

export const readPreparedKeys = async (path: string): Promise<PreparedKeys> =>
  preparedKeys.parse(JSON.parse(await readFile(path, 'utf8')));
