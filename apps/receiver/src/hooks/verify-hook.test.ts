import { describe, expect, test } from '@jest/globals';

import { verifyHook } from './verify-hook.ts';

describe('the verification', () => {
  test.each(['a', 'xdnZGRTk9ky0BHS3Ki8g', 'b64+/=', 'url_safe-token.1~2', 'x'.repeat(512)])(
    'returns %p',
    (challenge) => {
      expect(verifyHook(challenge)).toEqual({ status: 200, body: { verification: challenge } });
    },
  );

  test.each([undefined, '', 'two words', 'x'.repeat(513), '<script>', 'quote"', 'caf\u00e9', 'nul\0', 'a,b'])(
    'refuses %p with the required format, without quoting it',
    (challenge) => {
      const { status, body } = verifyHook(challenge);
      expect(status).toBe(400);
      expect(body?.['detail']).toMatch(/X-Okta-Verification-Challenge/);
      expect(JSON.stringify(body)).not.toContain(challenge || 'undefined');
    },
  );
});
