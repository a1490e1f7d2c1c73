import { problem, type Answer } from '../http/answer.ts';

/** Covers any token in base64, base64url, hex or UUID form, and no character that HTML or a shell interprets. */
const challengePattern = /^[\w.~+/=:-]{1,512}$/;

/**
 * Okta's one-time verification: returns the challenge unchanged. Needs no secret, and does not reveal whether the tenant
 * exists. Source: Okta, "Event hooks", one-time verification request.
 */
export function verifyHook(challenge: string | undefined): Answer {
  if (challenge === undefined || challenge === '')
    return problem(400, 'The header X-Okta-Verification-Challenge is missing. Send deliveries with POST.');
  if (!challengePattern.test(challenge))
    return problem(
      400,
      'The header X-Okta-Verification-Challenge must be 1 to 512 letters, digits or any of - . _ ~ + / = :',
    );
  return { status: 200, body: { verification: challenge } };
}
