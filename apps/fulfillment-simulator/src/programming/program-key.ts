import { randomInt } from 'node:crypto';

import { generateKeyPair } from 'jose';
import { z } from 'zod';

import type { PinCopyKey } from '../config.ts';
import type { ProviderKeys, SigningKey } from '../keys/provider-keys.ts';
import { firmwareVersion } from './authenticator.ts';
import { makeCredential } from './make-credential.ts';
import { departureOf, type Departure, type ProgrammingMode } from './modes.ts';
import { openCredentialRequest, openPinRequest, type CredentialRequest, type Opened } from './open-envelopes.ts';
import { sealAnswer, sealCopy, tamper } from './seal-answers.ts';

/** What the provider answers and keeps of a programmed key; every secret in it is sealed to somebody else. */
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

/** An envelope that was accepted with the order can no longer be opened: the provider has lost a transport key. */
export class EnvelopeLost extends Error {
  readonly code = 'envelope_lost';
  readonly level = 'error';
}

const pinDigits = 6;

/** Never starting with 0, so that no spreadsheet shortens it. */
const makePin = (): string => String(randomInt(10 ** (pinDigits - 1), 10 ** pinDigits));

/** @throws EnvelopeLost */
export async function programKey(keys: ProviderKeys, order: ProgrammingOrder): Promise<ProductData> {
  const { requestId, responseKey } = content(await openPinRequest(keys, order.pinRequestJwe));
  const departure = departureOf(order.mode);
  const signer = departure.foreignSigner ? await forgeSigner(keys.sign.kid) : keys.sign;
  const { serial, shipmentId, pinCopyKey } = order;
  const pin = makePin();
  return {
    serial_number: serial,
    firmware_version: firmwareVersion,
    fido_pin_response: await sealAnswer({
      content: { version: 1, requestId, serial, pin },
      signer,
      to: responseKey,
      kid: requestId,
    }),
    fido_credential_responses: await Promise.all(
      order.credentialRequestJwes.map(async (jwe) =>
        answerCredential({ request: content(await openCredentialRequest(keys, jwe)), serial, keys, signer, departure }),
      ),
    ),
    ...(pinCopyKey === undefined
      ? {}
      : { fido_pin_copy: await sealCopy({ version: 1, shipmentId, serial, pin }, pinCopyKey) }),
  };
}

async function answerCredential(task: {
  request: CredentialRequest;
  serial: string;
  keys: ProviderKeys;
  signer: SigningKey;
  departure: Departure;
}): Promise<string> {
  const { request, serial, keys, signer, departure } = task;
  const credential = makeCredential(request.publicKeyCredentialCreationOptions, keys.attestation, departure);
  const jwe = await sealAnswer({
    content: {
      version: 1,
      keyId: departure.keyIdInside ?? request.keyId,
      serial,
      firmware: firmwareVersion,
      credential,
    },
    signer,
    to: request.responseKey,
    kid: departure.kid === undefined ? request.keyId : departure.kid,
  });
  return departure.tampered ? tamper(jwe) : jwe;
}

/** Somebody else's key under the provider's key id. */
async function forgeSigner(kid: string): Promise<SigningKey> {
  const { privateKey } = await generateKeyPair('ES384');
  return { kid, privateKey };
}

function content<Content>(opened: Opened<Content>): Content {
  if (opened.outcome === 'refused') throw new EnvelopeLost(`a request ${opened.why}`);
  return opened.content;
}
