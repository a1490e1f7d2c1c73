import { randomUUID } from 'node:crypto';

/**
 * Whether a receiver accepts a hook secret: a delivery without events under it, which changes nothing. `unknown` if the
 * receiver cannot be reached from here.
 */
export async function acceptsSecret(url: string, secret: string, timeoutMs: number): Promise<boolean | 'unknown'> {
  try {
    const response = await fetch(url, {
      method: 'POST',
      headers: { authorization: secret, 'content-type': 'application/json' },
      body: JSON.stringify({ data: { events: [] } }),
      redirect: 'manual',
      signal: AbortSignal.timeout(timeoutMs),
    });
    return response.status !== 401;
  } catch {
    return 'unknown';
  }
}

/** Sends a receiver a challenge as Okta does when it verifies a hook. True only if the challenge comes back. */
export async function verifyReceiver(url: string, timeoutMs: number): Promise<boolean> {
  const challenge = randomUUID();
  try {
    const response = await fetch(url, {
      headers: { 'x-okta-verification-challenge': challenge },
      redirect: 'manual',
      signal: AbortSignal.timeout(timeoutMs),
    });
    const body: unknown = await response.json();
    return typeof body === 'object' && body !== null && 'verification' in body && body.verification === challenge;
  } catch {
    return false;
  }
}
