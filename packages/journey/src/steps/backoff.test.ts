import { describe, expect, test } from '@jest/globals';

import { ConnectorError, type ConnectorFault } from '../ports/errors.ts';
import { backoffMs, failureOf, isAlarming, retryAfterMs } from './backoff.ts';

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

  test.each([8, 12, 200])('429 without a time is tried again within 38 s, after %i failures too', (count) => {
    const answered = new ConnectorError({ service: 'fulfillment', fault: 'rate_limited' }, 'answered 429', {
      status: 429,
    });
    for (let time = 0; time < 50; time += 1) {
      expect(retryAfterMs(answered, count)).toBeGreaterThanOrEqual(30_000);
      expect(retryAfterMs(answered, count)).toBeLessThanOrEqual(37_500);
    }
  });

  test('a mailbox that is full is tried again after five minutes in the end', () => {
    const full = new ConnectorError({ service: 'mail', fault: 'rate_limited' }, 'answered 452', { status: 452 });
    expect(retryAfterMs(full, 12)).toBeGreaterThanOrEqual(300_000);
  });
});

describe('what is remembered of a failed call', () => {
  const from = (fault: ConnectorFault, details: { retryAfterMs?: number } = {}) =>
    failureOf(new ConnectorError({ service: 'okta', fault }, 'failed', details));

  test.each<[string, ConnectorFault, { retryAfterMs?: number }, ReturnType<typeof failureOf>]>([
    ['no answer', 'outcome_unknown', {}, { waitsFor: 'okta', isRefusal: false, isCounted: true }],
    ['no connection', 'unreachable', {}, { waitsFor: 'okta', isRefusal: false, isCounted: true }],
    [
      'an open circuit breaker',
      'unreachable',
      { retryAfterMs: 9_000 },
      { waitsFor: 'okta', isRefusal: false, isCounted: false },
    ],
    [
      '503 with Retry-After',
      'outcome_unknown',
      { retryAfterMs: 2_000 },
      { waitsFor: 'okta', isRefusal: false, isCounted: false },
    ],
    ['429, or a mailbox that is full', 'rate_limited', {}, { waitsFor: null, isRefusal: false, isCounted: true }],
    [
      '429 with Retry-After, or too many calls at once',
      'rate_limited',
      { retryAfterMs: 900 },
      { waitsFor: null, isRefusal: false, isCounted: false },
    ],
    ['401', 'unauthorized', {}, { waitsFor: 'okta', isRefusal: true, isCounted: true }],
    ['400', 'refused', {}, { waitsFor: null, isRefusal: false, isCounted: true }],
    ['404', 'not_found', {}, { waitsFor: null, isRefusal: false, isCounted: true }],
  ])('%s', (_, fault, details, failure) => {
    expect(from(fault, details)).toEqual(failure);
  });
});

test('failures in a row alarm after about an hour, and then once a day', () => {
  let [waitedMs, days] = [0, 0];
  const alarms: number[] = [];
  for (let failures = 1; failures <= 1_000; failures++) {
    if (isAlarming(failures)) alarms.push(waitedMs);
    waitedMs += Math.min(500 * 2 ** (failures - 1), 300_000);
    days = waitedMs / 86_400_000;
  }
  expect(days).toBeGreaterThan(3);
  expect(alarms).toHaveLength(4);
  expect((alarms[0] ?? 0) / 3_600_000).toBeCloseTo(0.9, 0);
  expect(((alarms[1] ?? 0) - (alarms[0] ?? 0)) / 86_400_000).toBeCloseTo(1, 1);
});
