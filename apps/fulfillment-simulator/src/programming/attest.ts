import { createHash, sign } from 'node:crypto';

import { Encoder } from 'cbor-x';

import type { ProviderKeys } from '../keys/provider-keys.ts';

// Plain maps and byte strings without cbor-x's own record and typed-array tags: CTAP2's canonical CBOR.
const cbor = new Encoder({ useRecords: false, mapsAsObjects: false, tagUint8Array: false });

const es256 = -7;

export const coseKey = (x: Buffer, y: Buffer): Buffer =>
  cbor.encode(
    new Map<number, number | Buffer>([
      [1, 2],
      [3, es256],
      [-1, 1],
      [-2, x],
      [-3, y],
    ]),
  );

/** The attestation object of format `packed` with a certificate (WebAuthn, 8.2), signed by the attestation key. */
export function attest(
  { privateKey, certificate }: ProviderKeys['attestation'],
  signed: { authenticatorData: Buffer; clientDataJson: Buffer },
): Buffer {
  const clientDataHash = createHash('sha256').update(signed.clientDataJson).digest();
  const signature = sign('sha256', Buffer.concat([signed.authenticatorData, clientDataHash]), privateKey);
  const statement = new Map<string, unknown>([
    ['alg', es256],
    ['sig', signature],
    ['x5c', [certificate]],
  ]);
  return cbor.encode(
    new Map<string, unknown>([
      ['fmt', 'packed'],
      ['attStmt', statement],
      ['authData', signed.authenticatorData],
    ]),
  );
}
