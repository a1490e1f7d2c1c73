import { randomInt } from 'node:crypto';

import { generateKeyPair } from 'jose';
import { z } from 'zod';

import type { PinCopyKey } from '../config.ts';
import type { ProviderKeys, SigningKey } from '../keys/provider-keys.ts';
import { firmwareVersion } from './authenticator.ts';
import {
  decryptCredentialRequest,
  decryptPinRequest,
  type CredentialRequest,
  type Decrypted,
} from './decrypt-requests.ts';
import { encryptResponse, encryptPinCopy, tamper } from './encrypt-responses.ts';
import { makeCredential } from './make-credential.ts';
import { deviationOf, type Deviation, type ProgrammingMode } from './modes.ts';

/** The data of a programmed key that the provider stores and returns; every secret in it is encrypted for its recipient. */
export const productDataSchema = z.object({
  serial_number: z.string(),
  firmware_version: z.string(),
  fido_pin_response: z.string(),
  fido_credential_responses: z.array(z.string()),
  fido_pin_copy: z.string().optional(),
});

export type ProductData = z.infer<typeof productDataSchema>;

export interface ProgrammingOrder {
  shipmentId: string;
  serial: string;
  pinRequestJwe: string;
  credentialRequestJwes: readonly string[];
  pinCopyKey: PinCopyKey | undefined;
  mode: ProgrammingMode;
}

/** A request JWE that was accepted with the order can no longer be decrypted: a transport key is missing. */
export class TransportKeyLost extends Error {
  readonly code = 'transport_key_lost';
  readonly level = 'error';
}

const pinDigits = 6;

/** Does not start with 0, which a spreadsheet would remove. */
const makePin = (): string => String(randomInt(10 ** (pinDigits - 1), 10 ** pinDigits));

/** @throws TransportKeyLost */
export async function programKey(keys: ProviderKeys, order: ProgrammingOrder): Promise<ProductData> {
  const { requestId, responseKey } = contentOf(await decryptPinRequest(keys, order.pinRequestJwe));
  const deviation = deviationOf(order.mode);
  const signer = deviation.foreignSigner ? await forgeSigner(keys.sign.kid) : keys.sign;
  const { serial, shipmentId, pinCopyKey } = order;
  const pin = makePin();
  return {
    serial_number: serial,
    firmware_version: firmwareVersion,
    fido_pin_response: await encryptResponse({
      content: { version: 1, requestId, serial, pin },
      signer,
      to: responseKey,
      kid: requestId,
    }),
    fido_credential_responses: await Promise.all(
      order.credentialRequestJwes.map(async (jwe) =>
        answerCredential({
          request: contentOf(await decryptCredentialRequest(keys, jwe)),
          serial,
          keys,
          signer,
          deviation,
        }),
      ),
    ),
    ...(pinCopyKey === undefined
      ? {}
      : {
          fido_pin_copy: await copyPin(
            { shipmentId, serial, pin },
            { pinCopyKey, signer, deviation: deviation.pinCopy },
          ),
        }),
  };
}

async function copyPin(
  copy: { shipmentId: string; serial: string; pin: string },
  by: { pinCopyKey: PinCopyKey; signer: SigningKey; deviation: Deviation['pinCopy'] },
): Promise<string> {
  const { unsigned, foreignSigner, ...falsified } = by.deviation ?? {};
  const signer = foreignSigner ? await forgeSigner(by.signer.kid) : by.signer;
  return encryptPinCopy({ version: 1, ...copy, ...falsified }, by.pinCopyKey, unsigned ? null : signer);
}

async function answerCredential(task: {
  request: CredentialRequest;
  serial: string;
  keys: ProviderKeys;
  signer: SigningKey;
  deviation: Deviation;
}): Promise<string> {
  const { request, serial, keys, signer, deviation } = task;
  const credential = makeCredential(request.publicKeyCredentialCreationOptions, keys.attestation, deviation);
  const jwe = await encryptResponse({
    content: {
      version: 1,
      keyId: deviation.keyIdInside ?? request.keyId,
      serial,
      firmware: firmwareVersion,
      credential,
    },
    signer,
    to: request.responseKey,
    kid: deviation.kid === undefined ? request.keyId : deviation.kid,
  });
  return deviation.tampered ? tamper(jwe) : jwe;
}

/** A foreign key under the provider's key id. */
async function forgeSigner(kid: string): Promise<SigningKey> {
  const { privateKey } = await generateKeyPair('ES384');
  return { kid, privateKey };
}

function contentOf<Content>(decrypted: Decrypted<Content>): Content {
  if (decrypted.outcome === 'refused') throw new TransportKeyLost(`a request ${decrypted.reason}`);
  return decrypted.content;
}
