import { randomBytes, randomUUID } from 'node:crypto';

/** How keys are programmed from now on (`PUT /sim/programming`). All but `honest` make a credential that must be refused. */
export const programmingModes = [
  'honest',
  'swapped-key',
  'wrong-rp-id',
  'stale-challenge',
  'tampered',
  'foreign-signer',
  'missing-kid',
  'unknown-kid',
] as const;

export type ProgrammingMode = (typeof programmingModes)[number];

/** What of an answer is not as it should be. A property that is absent is honest. */
export interface Departure {
  /** The signed content speaks for this key id, in an envelope that is right. */
  keyIdInside?: string;
  rpId?: string;
  challenge?: string;
  /** The envelope's `kid`; null leaves it out. */
  kid?: string | null;
  tampered?: true;
  foreignSigner?: true;
}

export function departureOf(mode: ProgrammingMode): Departure {
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
  }
}
