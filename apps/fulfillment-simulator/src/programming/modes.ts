import { randomBytes, randomInt, randomUUID } from 'node:crypto';

import type { Pool } from 'pg';
import { z } from 'zod';

/** How keys are programmed (`PUT /sim/programming`). All modes but `honest` create a credential or a PIN copy that must be refused. */
export const programmingModes = [
  'honest',
  'swapped-key',
  'wrong-rp-id',
  'stale-challenge',
  'tampered',
  'foreign-signer',
  'missing-kid',
  'unknown-kid',
  'unsigned-pin-copy',
  'forged-pin-copy',
  'pin-copy-of-another-order',
  'pin-copy-of-another-key',
] as const;

export type ProgrammingMode = (typeof programmingModes)[number];

/** How a response deviates from a correct one. An absent property means correct. */
export interface Deviation {
  /** The key id in the signed content; the header of the JWE is correct. */
  keyIdInside?: string;
  rpId?: string;
  challenge?: string;
  /** The `kid` in the header of the JWE; null leaves it out. */
  kid?: string | null;
  tampered?: true;
  foreignSigner?: true;
  /** In the copy of the PIN alone. */
  pinCopy?: { unsigned?: true; foreignSigner?: true; shipmentId?: string; serial?: string };
}

export function deviationOf(mode: ProgrammingMode): Deviation {
  switch (mode) {
    case 'honest':
      return {};
    case 'swapped-key':
      return { keyIdInside: randomUUID() };
    case 'wrong-rp-id':
      return { rpId: 'another-rp.example' };
    case 'stale-challenge':
      return { challenge: randomBytes(32).toString('base64url') };
    case 'tampered':
      return { tampered: true };
    case 'foreign-signer':
      return { foreignSigner: true };
    case 'missing-kid':
      return { kid: null };
    case 'unknown-kid':
      return { kid: randomUUID() };
    case 'unsigned-pin-copy':
      return { pinCopy: { unsigned: true } };
    case 'forged-pin-copy':
      return { pinCopy: { foreignSigner: true } };
    case 'pin-copy-of-another-order':
      return { pinCopy: { shipmentId: randomUUID() } };
    case 'pin-copy-of-another-key':
      return { pinCopy: { serial: String(randomInt(10_000_000, 20_000_000)) } };
  }
}

export const modeRequestSchema = z.strictObject({ mode: z.enum(programmingModes) });

export async function readMode(pool: Pool): Promise<ProgrammingMode> {
  const { rows } = await pool.query('select programming_mode as mode from provider');
  return modeRequestSchema.parse(rows[0]).mode;
}

export async function setMode(pool: Pool, mode: ProgrammingMode): Promise<void> {
  await pool.query('update provider set programming_mode = $1', [mode]);
}
