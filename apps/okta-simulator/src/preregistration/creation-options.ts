import { displayNameOf, textOf, type User } from '../users/user.ts';

/** WebAuthn creation options in their JSON form, for one new discoverable credential with attestation. */
export function creationOptions(
  user: User,
  request: { rpId: string; challenge: string; timeoutMs: number },
): Record<string, unknown> {
  const login = textOf(user, 'login') ?? user.id;
  return {
    rp: { id: request.rpId, name: request.rpId },
    user: {
      id: Buffer.from(user.id).toString('base64url'),
      name: login,
      displayName: displayNameOf(user) || login,
    },
    challenge: request.challenge,
    pubKeyCredParams: [{ type: 'public-key', alg: -7 }],
    timeout: request.timeoutMs,
    attestation: 'direct',
    authenticatorSelection: { residentKey: 'required', userVerification: 'preferred' },
    excludeCredentials: [],
  };
}
