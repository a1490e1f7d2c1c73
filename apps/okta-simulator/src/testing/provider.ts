import {
  compactDecrypt,
  CompactEncrypt,
  CompactSign,
  exportJWK,
  generateKeyPair,
  importJWK,
  type CryptoKey,
  type JWK,
} from 'jose';
import { z } from 'zod';

import { register, type Ceremony } from './authenticator.ts';

const jwkSchema = z.looseObject({ kty: z.string(), kid: z.string() });

export const enrolledSchema = z.looseObject({
  userId: z.string(),
  pinRequestJwe: z.string(),
  credRequests: z
    .array(z.looseObject({ authenticatorEnrollmentId: z.string(), keyId: z.string(), credRequestJwe: z.string() }))
    .length(1),
});

export type Enrolled = z.infer<typeof enrolledSchema>;

export const pinRequestSchema = z.strictObject({
  version: z.literal(1),
  requestId: z.string(),
  responseKey: jwkSchema,
});
export const credentialRequestSchema = z.strictObject({
  version: z.literal(1),
  keyId: z.string(),
  responseKey: jwkSchema,
  publicKeyCredentialCreationOptions: z.looseObject({
    rp: z.object({ id: z.string(), name: z.string() }),
    challenge: z.string(),
  }),
});

/** The errors that a test can make the provider commit. */
export interface Forgery {
  pin?: string;
  /** Encrypts each response to the other one's key. */
  swapKeys?: boolean;
  /** Values that replace those of the request in the input of the authenticator. */
  ceremony?: Partial<Ceremony>;
  /** A signer that replaces the provider's. */
  signer?: CryptoKey;
  serial?: string;
}

/** The provider as an org sees it: two key pairs, and responses to requests encrypted to the first. */
export interface Provider {
  transportJwk: JWK;
  signingJwk: JWK;
  read: <Shape extends z.ZodType>(jwe: string, shape: Shape) => Promise<z.infer<Shape>>;
  /** The body of an activate call for the response of enroll. */
  program: (enrolled: Enrolled, forgery?: Forgery) => Promise<Activation>;
}

export interface Activation {
  userId: string;
  fulfillmentProvider: 'yubico';
  serial: string;
  version: string;
  pinResponseJwe: string;
  credResponses: { authenticatorEnrollmentId: string; credResponseJwe: string }[];
  yubicoSigningJwks: JWK[];
}

export const serial = '3632071';
export const firmware = '5.7.1';

const toBytes = (value: unknown): Uint8Array => new TextEncoder().encode(JSON.stringify(value));

/** Signs, then encrypts, like the provider. */
async function seal(content: unknown, key: JWK, kid: string, signer: CryptoKey): Promise<string> {
  const jws = await new CompactSign(toBytes(content))
    .setProtectedHeader({ alg: 'ES384', kid: 'signing-one' })
    .sign(signer);
  return new CompactEncrypt(new TextEncoder().encode(jws))
    .setProtectedHeader({ alg: 'ECDH-ES+A256KW', enc: 'A256GCM', kid, cty: 'JWT' })
    .encrypt(await importJWK(key, 'ECDH-ES+A256KW'));
}

export async function createProvider(): Promise<Provider> {
  const transport = await generateKeyPair('ECDH-ES+A256KW', { crv: 'P-384', extractable: true });
  const signing = await generateKeyPair('ES384', { extractable: true });
  const transportJwk = { ...(await exportJWK(transport.publicKey)), use: 'enc', kid: 'transport-one' };
  const signingJwk = { ...(await exportJWK(signing.publicKey)), use: 'sig', kid: 'signing-one' };

  const read: Provider['read'] = async (jwe, shape) => {
    const { plaintext } = await compactDecrypt(jwe, transport.privateKey);
    return shape.parse(JSON.parse(new TextDecoder().decode(plaintext)));
  };
  const program: Provider['program'] = async (enrolled, forgery = {}) => {
    const [credRequest] = enrolled.credRequests;
    const pinRequest = await read(enrolled.pinRequestJwe, pinRequestSchema);
    const request = await read(credRequest?.credRequestJwe ?? '', credentialRequestSchema);
    const { challenge, rp } = request.publicKeyCredentialCreationOptions;
    const credential = await register({ rpId: rp.id, challenge, ...forgery.ceremony });
    const signer = forgery.signer ?? signing.privateKey;
    const keyId = request.keyId;
    const { requestId } = pinRequest;
    const [pinKey, credentialKey] = forgery.swapKeys
      ? [request.responseKey, pinRequest.responseKey]
      : [pinRequest.responseKey, request.responseKey];
    const about = { version: 1, serial: forgery.serial ?? serial };
    const pinContent = { ...about, requestId, pin: forgery.pin ?? '481516' };
    const credResponseJwe = await seal({ ...about, keyId, firmware, credential }, credentialKey, keyId, signer);
    return {
      userId: enrolled.userId,
      fulfillmentProvider: 'yubico',
      serial,
      version: firmware,
      pinResponseJwe: await seal(pinContent, pinKey, requestId, signer),
      credResponses: [{ authenticatorEnrollmentId: credRequest?.authenticatorEnrollmentId ?? '', credResponseJwe }],
      yubicoSigningJwks: [signingJwk],
    };
  };
  return { transportJwk, signingJwk, read, program };
}
