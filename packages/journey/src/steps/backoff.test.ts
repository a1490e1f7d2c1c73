import { describe, expect, test } from '@jest/globals';

import { ConnectorError } from '../ports/errors.ts';
import { backoffMs, retryAfterMs } from './backoff.ts';

describe('the retry backoff', () => {
  test.each([1, 2, 3, 5, 10, 11, 100, 10_000])(
    'of attempt %i doubles up to five minutes, with a quarter of jitter',
    (attempt) => {
      const base = Math.min(500 * 2 ** (attempt - 1), 300_000);
      for (let time = 0; time < 50; time += 1) {
        expect(backoffMs(attempt)).toBeGreaterThanOrEqual(base);
        expect(backoffMs(attempt)).toBeLessThanOrEqual(base * 1.25);
      }
    },
  );
});

describe('after a failed call', () => {
  const failure = (retryAfter?: number): ConnectorError =>
    new ConnectorError(
      { service: 'okta', fault: 'rate_limited' },
      'answered 429',
      retryAfter === undefined ? {} : { retryAfterMs: retryAfter },
    );

  test('a step is retried when the service asked for it, but not at once', () => {
    expect(retryAfterMs(failure(42_000), 1)).toBe(42_000);
    expect(retryAfterMs(failure(0), 1)).toBe(250);
  });

  test('a step is retried after the backoff, or sooner where its caller says so', () => {
    expect(retryAfterMs(failure(), 3)).toBeGreaterThanOrEqual(2_000);
    expect(retryAfterMs(failure(), 3, 1_000)).toBe(1_000);
  });
});
