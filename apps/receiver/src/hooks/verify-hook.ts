import { problem, type Answer } from '../http/answer.ts';

/** Wide enough for any token in base64, base64url, hex or UUID form; nothing in it means anything to HTML or a shell. */
const challengePattern = /^[\w.~+/=:-]{1,512}$/;

/**
 * Okta's one-time verification: the challenge comes back as it was sent. Needs no secret and says nothing about the
 * tenant. Source: Okta, "Event hooks", one-time verification request.
 */
export function verifyHook(challenge: string | undefined): Answer {
  if (challenge === undefined || challenge === '')
    return problem(400, 'The header X-Okta-Verification-Challenge is missing. Deliveries are sent with POST.');
  if (!challengePattern.test(challenge))
    return problem(
      400,
      'The header X-Okta-Verification-Challenge must have 1 to 512 characters: letters, digits and any of - . _ ~ + / = :',
    );
  return { status: 200, body: { verification: challenge } };
}
