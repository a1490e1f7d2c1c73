import { randomUUID } from 'node:crypto';

/** Sends a receiver a challenge as Okta does when it verifies a hook. True only if the challenge comes back. */
export async function verifyReceiver(url: string): Promise<boolean> {
  const challenge = randomUUID();
  try {
    const response = await fetch(url, {
      headers: { 'x-okta-verification-challenge': challenge },
      redirect: 'manual',
      signal: AbortSignal.timeout(3_000),
    });
    const body: unknown = await response.json();
    return typeof body === 'object' && body !== null && 'verification' in body && body.verification === challenge;
  } catch {
    return false;
  }
}
