import { calculateJwkThumbprint, exportJWK, generateKeyPair, type GenerateKeyPairResult, type JWK } from 'jose';

import { aaguid } from '../programming/authenticator.ts';
import { aaguidExtension, certifyAuthority, certifyLeaf, toX5c } from './certificates.ts';

export const keyPurposes = ['transport', 'sign', 'attestation', 'authority'] as const;

/** A key pair as stored in the database; `x5c` is empty for a key without a certificate. */
export interface StoredKey {
  kid: string;
  purpose: (typeof keyPurposes)[number];
  private_jwk: JWK;
  x5c: string[];
}

async function store(
  purpose: StoredKey['purpose'],
  { privateKey }: GenerateKeyPairResult,
  x5c: string[],
): Promise<StoredKey> {
  const jwk = await exportJWK(privateKey);
  return { kid: await calculateJwkThumbprint(jwk), purpose, private_jwk: jwk, x5c };
}

const exportable = { extractable: true };
const makeTransportKey = (): Promise<GenerateKeyPairResult> =>
  generateKeyPair('ECDH-ES+A256KW', { ...exportable, crv: 'P-384' });

/** All keys of a new provider: two for transport, one that signs responses, one for attestation, and the CA of both. */
export async function makeKeys(nowMs: number): Promise<StoredKey[]> {
  const authority = await generateKeyPair('ES384', exportable);
  const authorityCertificate = await certifyAuthority(authority, nowMs);
  const sign = await generateKeyPair('ES384', exportable);
  const signCertificate = await certifyLeaf(
    {
      serialNumber: '02',
      subject: 'C=SE, O=Fulfillment Simulator, CN=Response Signing',
      publicKey: sign.publicKey,
      extensions: [],
    },
    authority,
    nowMs,
  );
  const attestation = await generateKeyPair('ES256', exportable);
  const attestationCertificate = await certifyLeaf(
    {
      serialNumber: '03',
      subject: 'C=SE, O=Fulfillment Simulator, OU=Authenticator Attestation, CN=Simulated YubiKey Batch 1',
      publicKey: attestation.publicKey,
      extensions: [aaguidExtension(aaguid)],
    },
    authority,
    nowMs,
  );
  return [
    await store('transport', await makeTransportKey(), []),
    await store('transport', await makeTransportKey(), []),
    await store('sign', sign, [toX5c(signCertificate), toX5c(authorityCertificate)]),
    await store('attestation', attestation, [toX5c(attestationCertificate)]),
    await store('authority', authority, [toX5c(authorityCertificate)]),
  ];
}
