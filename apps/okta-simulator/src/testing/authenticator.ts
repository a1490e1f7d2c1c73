import { createHash, generateKeyPairSync, randomBytes, sign, webcrypto } from 'node:crypto';

// @peculiar/x509 requires it, but does not import it.
import 'reflect-metadata';
import { BasicConstraintsExtension, Extension, X509CertificateGenerator, cryptoProvider } from '@peculiar/x509';
import { Encoder } from 'cbor-x/encode';

cryptoProvider.set(webcrypto);

/** Plain CBOR: maps without a tag, and no records. */
const cbor = new Encoder({ mapsAsObjects: false, useRecords: false });

const aaguid = Buffer.from('2fc0579f811347eab116bb5a8db9202a', 'hex');

/** A new P-256 key pair with its public key in COSE format. */
function credentialKey(): Buffer {
  const { publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const { x = '', y = '' } = publicKey.export({ format: 'jwk' });
  const map = new Map<number, unknown>([
    [1, 2],
    [3, -7],
    [-1, 1],
    [-2, Buffer.from(x, 'base64url')],
    [-3, Buffer.from(y, 'base64url')],
  ]);
  return cbor.encode(map);
}

/** A certificate that is valid for packed attestation, and a signer with its key. */
async function attestation(): Promise<{ certificate: Buffer; sign: (data: Buffer) => Buffer }> {
  const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
  const certificate = await X509CertificateGenerator.createSelfSigned({
    name: 'C=SE, O=Test Authenticators, OU=Authenticator Attestation, CN=Test Authenticator',
    notBefore: new Date(Date.now() - 60_000),
    notAfter: new Date(Date.now() + 86_400_000),
    signingAlgorithm: algorithm,
    keys,
    extensions: [
      new BasicConstraintsExtension(false),
      new Extension('1.3.6.1.4.1.45724.1.1.4', false, Buffer.concat([Buffer.from([0x04, 0x10]), aaguid])),
    ],
  });
  const pkcs8 = await webcrypto.subtle.exportKey('pkcs8', keys.privateKey);
  const key = { key: Buffer.from(pkcs8), format: 'der', type: 'pkcs8' } as const;
  return { certificate: Buffer.from(certificate.rawData), sign: (data) => sign('sha256', data, key) };
}

/** The input of an authenticator. */
export interface Ceremony {
  rpId: string;
  challenge: string;
}

function authenticatorData(rpId: string, credentialId: Buffer): Buffer {
  const rpIdHash = createHash('sha256').update(rpId).digest();
  const flags = Buffer.from([0x45]); // user present, user verified, attested credential data
  const counter = Buffer.alloc(4);
  const length = Buffer.alloc(2);
  length.writeUInt16BE(credentialId.length);
  return Buffer.concat([rpIdHash, flags, counter, aaguid, length, credentialId, credentialKey()]);
}

/** Registers a new credential: a WebAuthn registration response in its JSON form, with packed attestation. */
export async function register({ challenge, rpId }: Ceremony): Promise<Record<string, unknown>> {
  const id = randomBytes(32);
  const authData = authenticatorData(rpId, id);
  const clientData = { type: 'webauthn.create', challenge, origin: `https://${rpId}`, crossOrigin: false };
  const clientDataJson = Buffer.from(JSON.stringify(clientData));
  const { certificate, sign: attest } = await attestation();
  const signature = attest(Buffer.concat([authData, createHash('sha256').update(clientDataJson).digest()]));
  // Maps, not objects: cbor-x gives those a length form that strict parsers of WebAuthn refuse.
  const attStmt = new Map<string, unknown>([
    ['alg', -7],
    ['sig', signature],
    ['x5c', [certificate]],
  ]);
  const attestationObject = cbor.encode(
    new Map<string, unknown>([
      ['fmt', 'packed'],
      ['attStmt', attStmt],
      ['authData', authData],
    ]),
  );
  return {
    id: id.toString('base64url'),
    rawId: id.toString('base64url'),
    type: 'public-key',
    clientExtensionResults: {},
    response: {
      clientDataJSON: clientDataJson.toString('base64url'),
      attestationObject: attestationObject.toString('base64url'),
    },
  };
}
