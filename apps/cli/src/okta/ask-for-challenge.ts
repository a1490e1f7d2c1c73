import { randomUUID } from 'node:crypto';

/** Asks a receiver what Okta asks it when a hook is verified. False for whatever is not the challenge given back. */
export async function askForChallenge(url: string): Promise<boolean> {
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
