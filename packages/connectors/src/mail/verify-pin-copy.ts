import { ConnectorError } from '@keycourier/journey/ports/errors';
import { compactVerify, importJWK, type CryptoKey, type JWK } from 'jose';
import { z } from 'zod';

import { refuse } from './faults.ts';

export interface Signature {
  /** What the provider publishes: keys of other kinds are ignored. */
  publishedKeys: readonly Readonly<Record<string, unknown>>[];
  /** When a copy without a signature is accepted. */
  unsigned: 'never' | 'where_no_key_is_published' | 'always';
}

const algorithm = 'ES384';

const signingKey = z.object({
  kty: z.literal('EC'),
  crv: z.literal('P-384'),
  use: z.literal('sig').default('sig'),
  kid: z.string().min(1),
  x: z.string(),
  y: z.string(),
});

/**
 * The signed content of a PIN copy, or the content itself where the provider offers no signature and that is accepted.
 * @throws ConnectorError `refused`: not signed, or not by a key that the provider publishes
 */
export async function verifyPinCopy(
  content: Uint8Array,
  isSigned: boolean,
  { publishedKeys, unsigned }: Signature,
): Promise<Uint8Array> {
  const keys = publishedKeys.flatMap((key) => signingKey.safeParse(key).data ?? []);
  if (isSigned) return payloadOf(content, keys);
  if (unsigned === 'always' || (unsigned === 'where_no_key_is_published' && keys.length === 0)) return content.slice();
  throw refuse('pinCopy', 'unsigned');
}

async function payloadOf(content: Uint8Array, keys: readonly JWK[]): Promise<Uint8Array> {
  try {
    const { payload } = await compactVerify(content, async ({ kid }) => importKey(keys, kid), {
      algorithms: [algorithm],
    });
    return payload;
  } catch (error) {
    throw error instanceof ConnectorError ? error : refuse('pinCopy', 'badly_signed');
  }
}

/** Public keys, by their points: the provider's are read anew for each copy, and are nearly always the same. */
const imported = new Map<string, Promise<CryptoKey | Uint8Array>>();
const maxImported = 64;

function importKey(keys: readonly JWK[], kid: string | undefined): Promise<CryptoKey | Uint8Array> {
  const key = keys.find((one) => kid !== undefined && one.kid === kid);
  if (key === undefined) throw refuse('pinCopy', 'signed_by_another_key');
  const point = JSON.stringify([key.x, key.y]);
  const known = imported.get(point) ?? importJWK(key, algorithm);
  if (imported.size >= maxImported) imported.clear();
  imported.set(point, known);
  // One that cannot be imported is not kept.
  known.catch(() => imported.delete(point));
  return known;
}
