import { describe, expect, test } from '@jest/globals';

import { JourneyError, ConnectorError, type ConnectorFault } from '../ports/errors.ts';
import { sampleHold, sampleShipment, startOfTime } from '../testing/samples.ts';
import { holdFor, isUndecided, orRefusal, problemsFrom } from './hold.ts';

const now = new Date('2026-03-05T12:00:00.000Z');
const failure = (fault: ConnectorFault): ConnectorError => new ConnectorError({ service: 'okta', fault }, 'it failed');

describe('a hold', () => {
  test('has its time, its code and its problems', () => {
    const problems = [{ field: 'city', code: 'missing' }];
    expect(holdFor(sampleShipment(), 'profile_problems', { now, problems, change: { order: 'ready' } })).toEqual({
      change: { order: 'ready', hold: { code: 'profile_problems', problems, since: now } },
      note: { event: 'shipment.held', detail: { code: 'profile_problems' } },
    });
  });

  test('that exists is not replaced', () => {
    const hold = sampleHold('user_not_active');
    expect(holdFor(sampleShipment({ hold }), 'mail_refused', { now }).change.hold).toEqual({
      ...hold,
      since: startOfTime,
    });
  });
});

describe('the problems of a refusal', () => {
  test('are those that the service lists', () => {
    const refusals = [{ field: 'recipient_email', code: 'invalid' }];
    expect(
      problemsFrom(new ConnectorError({ service: 'fulfillment', fault: 'refused' }, 'no', { status: 400, refusals })),
    ).toEqual(refusals);
  });

  test('are the status, or else the fault, where it lists none', () => {
    expect(problemsFrom(new ConnectorError({ service: 'okta', fault: 'refused' }, 'no', { status: 409 }))).toEqual([
      { field: 'okta', code: 'http_409' },
    ]);
    expect(problemsFrom(new ConnectorError({ service: 'mail', fault: 'refused' }, 'no'))).toEqual([
      { field: 'mail', code: 'refused' },
    ]);
  });
});

describe('a failed call', () => {
  test.each(['refused', 'not_found'] as const)('with the fault %s is a result', async (fault) => {
    await expect(orRefusal(() => Promise.reject(failure(fault)))).resolves.toMatchObject({ fault });
  });

  test.each(['unreachable', 'outcome_unknown', 'rate_limited', 'unauthorized'] as const)(
    'with the fault %s is rethrown',
    async (fault) => {
      await expect(orRefusal(() => Promise.reject(failure(fault)))).rejects.toMatchObject({ fault });
    },
  );

  test('that is a bug is rethrown', async () => {
    await expect(orRefusal(() => Promise.reject(new JourneyError('illegal_move', 'no')))).rejects.toThrow(JourneyError);
  });

  test('is undecided when its outcome is unknown, or when a bug was thrown', () => {
    const faults = ['unreachable', 'outcome_unknown', 'rate_limited', 'unauthorized', 'refused', 'not_found'] as const;
    expect(faults.filter((fault) => isUndecided(failure(fault)))).toEqual(['outcome_unknown']);
    expect(isUndecided(new RangeError('a bug'))).toBe(true);
  });
});

test('a rejected credential is logged as an error, any other fault as a warning', () => {
  expect([failure('outcome_unknown').level, failure('unauthorized').level]).toEqual(['warn', 'error']);
});
