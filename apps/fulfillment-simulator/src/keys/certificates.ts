// @peculiar/x509 needs the Reflect metadata API before it is loaded.
import 'reflect-metadata';
import {
  AuthorityKeyIdentifierExtension,
  BasicConstraintsExtension,
  Extension,
  KeyUsageFlags,
  KeyUsagesExtension,
  SubjectKeyIdentifierExtension,
  type X509Certificate,
  X509CertificateGenerator,
  type X509CertificateCreateSelfSignedParams,
} from '@peculiar/x509';

type KeyPair = X509CertificateCreateSelfSignedParams['keys'];

const caName = 'C=SE, O=Fulfillment Simulator, CN=Fulfillment Simulator Root CA';
const signingAlgorithm = { name: 'ECDSA', hash: 'SHA-384' };
const years = 365 * 24 * 60 * 60 * 1000;

/** Starts a day early, for clocks that are behind, and lasts long, because a simulator's database may be old. */
const validity = (nowMs: number): { notBefore: Date; notAfter: Date } => ({
  notBefore: new Date(nowMs - 24 * 60 * 60 * 1000),
  notAfter: new Date(nowMs + 30 * years),
});

export const certifyAuthority = async (keys: KeyPair, nowMs: number): Promise<X509Certificate> =>
  X509CertificateGenerator.createSelfSigned({
    serialNumber: '01',
    name: caName,
    ...validity(nowMs),
    signingAlgorithm,
    keys,
    extensions: [
      new BasicConstraintsExtension(true, 0, true),
      new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true),
      await SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });

export interface LeafRequest {
  serialNumber: string;
  subject: string;
  publicKey: KeyPair['publicKey'];
  extensions: Extension[];
}

export const certifyLeaf = async (leaf: LeafRequest, authority: KeyPair, nowMs: number): Promise<X509Certificate> =>
  X509CertificateGenerator.create({
    serialNumber: leaf.serialNumber,
    issuer: caName,
    subject: leaf.subject,
    ...validity(nowMs),
    signingAlgorithm,
    publicKey: leaf.publicKey,
    signingKey: authority.privateKey,
    extensions: [
      new BasicConstraintsExtension(false, undefined, true),
      new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
      await AuthorityKeyIdentifierExtension.create(authority.publicKey),
      ...leaf.extensions,
    ],
  });

const aaguidExtensionId = '1.3.6.1.4.1.45724.1.1.4';

/** The FIDO extension that binds an attestation certificate to a model: an OCTET STRING of 16 bytes (WebAuthn, 8.2.1). */
export const aaguidExtension = (aaguid: Buffer): Extension =>
  new Extension(aaguidExtensionId, false, Buffer.concat([Buffer.from([0x04, aaguid.length]), aaguid]));

/** DER in base64, as in a JWK's `x5c`. */
export const toX5c = (certificate: X509Certificate): string => Buffer.from(certificate.rawData).toString('base64');
