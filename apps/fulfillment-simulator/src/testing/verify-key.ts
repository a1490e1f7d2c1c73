import { SettingsService, verifyRegistrationResponse, type RegistrationResponseJSON } from '@simplewebauthn/server';
import { z } from 'zod';

import { decryptResponse, rpId, type Enrollment } from './okta-org.ts';
import { readKey } from './orders.ts';
import type { RunningSimulator } from './running-simulator.ts';

const signJwks = z.object({ keys: z.array(z.object({ x5c: z.array(z.string()) })) });
const pinContent = z.strictObject({
  version: z.literal(1),
  requestId: z.string(),
  serial: z.string(),
  pin: z.string(),
});
const credentialContent = z.strictObject({
  version: z.literal(1),
  keyId: z.string(),
  serial: z.string(),
  firmware: z.string(),
  credential: z.custom<RegistrationResponseJSON>((value) => typeof value === 'object' && value !== null),
});

/** Reads a programmed key's PIN as Okta does. */
export async function decryptPin(simulator: RunningSimulator, id: string, { pinResponseKey }: Enrollment) {
  const { kid, content } = await decryptResponse(
    simulator.url(),
    (await readKey(simulator, id)).fido_pin_response,
    pinResponseKey,
  );
  return { kid, ...pinContent.parse(content) };
}

/** Decrypts a programmed key's one credential response. @throws JOSEError if decryption or verification fails */
export async function decryptCredential(simulator: RunningSimulator, id: string, { credResponseKey }: Enrollment) {
  const [jwe] = (await readKey(simulator, id)).fido_credential_responses;
  const { kid, content } = await decryptResponse(simulator.url(), jwe ?? '', credResponseKey);
  return { kid, ...credentialContent.parse(content) };
}

/** Verifies a credential as Okta does, up to the provider's root certificate; throws if WebAuthn's rules are broken. */
export async function verifyCredential(
  simulator: RunningSimulator,
  credential: RegistrationResponseJSON,
  enrollment: Enrollment,
) {
  const [signKey] = signJwks.parse((await simulator.call('GET', '/.well-known/yubico-sign.jwks')).body).keys;
  const root = signKey?.x5c.at(-1) ?? '';
  SettingsService.setRootCertificates({
    identifier: 'packed',
    certificates: [`-----BEGIN CERTIFICATE-----\n${root}\n-----END CERTIFICATE-----`],
  });
  try {
    return await verifyRegistrationResponse({
      response: credential,
      expectedChallenge: enrollment.challenge,
      expectedOrigin: `https://${rpId}`,
      expectedRPID: rpId,
    });
  } finally {
    // The library's list is global to the process.
    SettingsService.setRootCertificates({ identifier: 'packed', certificates: [] });
  }
}
