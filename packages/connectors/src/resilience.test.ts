import { describe, expect, test } from '@jest/globals';
import { ConnectorError } from '@keycourier/journey/ports/errors';

import { createGuard } from './resilience.ts';
import { faultOf } from './testing/fault-of.ts';

const lost = (): Promise<never> =>
  Promise.reject(new ConnectorError({ service: 'okta', fault: 'outcome_unknown' }, 'answered 503'));

/** A call that ends when told. */
function openCall(): { call: () => Promise<string>; end: () => void } {
  const { promise, resolve } = deferred();
  return { call: () => promise, end: () => resolve('answered') };
}

function deferred(): { promise: Promise<string>; resolve: (value: string) => void } {
  let resolve: (value: string) => void = () => undefined;
  const promise = new Promise<string>((accept) => {
    resolve = accept;
  });
  return { promise, resolve };
}

describe('a read', () => {
  test.each(['outcome_unknown', 'unreachable'] as const)('that was %s is tried twice more', async (fault) => {
    const guard = createGuard('okta', { retryDelayMs: 1 });
    let calls = 0;
    const call = (): Promise<never> => {
      calls += 1;
      return Promise.reject(new ConnectorError({ service: 'okta', fault }, 'failed'));
    };
    expect(await faultOf(guard('acme', 'read', call))).toMatchObject({ fault });
    expect(calls).toBe(3);
  });

  test('that goes through the second time succeeds', async () => {
    const guard = createGuard('okta', { retryDelayMs: 1 });
    let calls = 0;
    const call = async (): Promise<string> => {
      calls += 1;
      return calls === 1 ? lost() : 'answered';
    };
    await expect(guard('acme', 'read', call)).resolves.toBe('answered');
  });

  test.each(['rate_limited', 'unauthorized', 'refused', 'not_found'] as const)(
    'that was answered %s is not repeated',
    async (fault) => {
      const guard = createGuard('okta', { retryDelayMs: 1 });
      let calls = 0;
      const call = (): Promise<never> => {
        calls += 1;
        return Promise.reject(new ConnectorError({ service: 'okta', fault }, 'failed'));
      };
      expect(await faultOf(guard('acme', 'read', call))).toMatchObject({ fault });
      expect(calls).toBe(1);
    },
  );
});

test('an effect is sent once, whatever becomes of it', async () => {
  const guard = createGuard('okta', { retryDelayMs: 1 });
  let calls = 0;
  const call = (): Promise<never> => {
    calls += 1;
    return lost();
  };
  expect(await faultOf(guard('acme', 'effect', call))).toMatchObject({ fault: 'outcome_unknown' });
  expect(calls).toBe(1);
});

describe('a tenant whose service hangs', () => {
  test('has four calls under way and four that wait, and the ninth never leaves', async () => {
    const guard = createGuard('okta');
    let underWay = 0;
    const calls = Array.from({ length: 8 }, openCall).map(({ call, end }) => ({
      end,
      call: () => {
        underWay += 1;
        return call();
      },
    }));
    const answers = calls.map(({ call }) => guard('acme', 'effect', call));
    let left = false;
    const ninth = guard('acme', 'effect', async () => {
      left = true;
      return 'answered';
    });
    const fault = await faultOf(ninth);
    expect(fault).toMatchObject({ fault: 'unreachable', message: 'has too many calls under way' });
    expect(fault.retryAfterMs).toBeGreaterThanOrEqual(500);
    expect([left, underWay]).toEqual([false, 4]);
    for (const { end } of calls) end();
    await expect(Promise.all(answers)).resolves.toHaveLength(8);
    expect(underWay).toBe(8);
    await expect(guard('acme', 'effect', () => Promise.resolve('answered'))).resolves.toBe('answered');
  });

  test('costs another tenant nothing', async () => {
    const guard = createGuard('okta', { maxConcurrent: 1 });
    const open = openCall();
    const answer = guard('acme', 'effect', open.call);
    await expect(guard('globex', 'effect', () => Promise.resolve('answered'))).resolves.toBe('answered');
    open.end();
    await answer;
  });
});

describe('after five unanswered calls in a row', () => {
  const broken = async (restMs: number) => {
    const guard = createGuard('okta', { restMs, retryDelayMs: 1 });
    for (let call = 0; call < 5; call += 1) await faultOf(guard('acme', 'effect', lost));
    return guard;
  };

  test('calls do not leave, and say how long the service rests', async () => {
    const guard = await broken(60_000);
    let left = false;
    const fault = await faultOf(
      guard('acme', 'read', async () => {
        left = true;
      }),
    );
    expect(fault).toMatchObject({ fault: 'unreachable', message: 'is resting after too many unanswered calls' });
    expect(fault.retryAfterMs).toBeGreaterThan(50_000);
    expect(left).toBe(false);
  });

  test('one call is let through after the rest, and its success ends it', async () => {
    const guard = await broken(0);
    await expect(guard('acme', 'effect', () => Promise.resolve('answered'))).resolves.toBe('answered');
    await expect(guard('acme', 'effect', () => Promise.resolve('answered'))).resolves.toBe('answered');
  });

  test('those that wait for that one call take places too', async () => {
    const guard = await broken(0);
    const open = openCall();
    const waiting = Array.from({ length: 8 }, () => guard('acme', 'effect', open.call));
    expect(await faultOf(guard('acme', 'effect', open.call))).toMatchObject({
      message: 'has too many calls under way',
    });
    open.end();
    await Promise.all(waiting);
  });
});

test('refusals are answers: any number of them leaves the service open', async () => {
  const guard = createGuard('okta');
  for (let call = 0; call < 10; call += 1)
    await faultOf(
      guard('acme', 'effect', () =>
        Promise.reject(new ConnectorError({ service: 'okta', fault: 'refused' }, 'answered 400')),
      ),
    );
  await expect(guard('acme', 'effect', () => Promise.resolve('answered'))).resolves.toBe('answered');
});
