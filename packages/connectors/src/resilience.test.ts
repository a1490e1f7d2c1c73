import { describe, expect, test } from '@jest/globals';
import { ConnectorError } from '@keycourier/journey/ports/errors';

import { createGuard } from './resilience.ts';
import { faultOf } from './testing/fault-of.ts';

const unanswered = (): Promise<never> =>
  Promise.reject(new ConnectorError({ service: 'okta', fault: 'outcome_unknown' }, 'answered 503'));

/** A call that ends when the test ends it. */
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
  test.each(['outcome_unknown', 'unreachable'] as const)('that was %s is retried twice', async (fault) => {
    const guard = createGuard('okta', { retryDelayMs: 1 });
    let calls = 0;
    const call = (): Promise<never> => {
      calls += 1;
      return Promise.reject(new ConnectorError({ service: 'okta', fault }, 'failed'));
    };
    expect(await faultOf(guard('acme', 'read', call))).toMatchObject({ fault });
    expect(calls).toBe(3);
  });

  test('that is answered the second time succeeds', async () => {
    const guard = createGuard('okta', { retryDelayMs: 1 });
    let calls = 0;
    const call = async (): Promise<string> => {
      calls += 1;
      return calls === 1 ? unanswered() : 'answered';
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

test('an effect is sent once, even when it was unanswered', async () => {
  const guard = createGuard('okta', { retryDelayMs: 1 });
  let calls = 0;
  const call = (): Promise<never> => {
    calls += 1;
    return unanswered();
  };
  expect(await faultOf(guard('acme', 'effect', call))).toMatchObject({ fault: 'outcome_unknown' });
  expect(calls).toBe(1);
});

describe('a tenant whose service hangs', () => {
  test('has four concurrent calls, and places to wait for 8 steps, 8 of its hub and 8 events; the next one is not sent', async () => {
    const guard = createGuard('okta');
    let running = 0;
    const calls = Array.from({ length: 24 }, openCall).map(({ call, end }) => ({
      end,
      call: () => {
        running += 1;
        return call();
      },
    }));
    const answers = calls.map(({ call }) => guard('acme', 'effect', call));
    let left = false;
    const next = guard('acme', 'effect', async () => {
      left = true;
      return 'answered';
    });
    const fault = await faultOf(next);
    expect(fault).toMatchObject({ fault: 'rate_limited', message: 'has too many concurrent calls' });
    expect(fault.retryAfterMs).toBeGreaterThanOrEqual(500);
    expect([left, running]).toEqual([false, 4]);
    for (const { end } of calls) end();
    await expect(Promise.all(answers)).resolves.toHaveLength(24);
    expect(running).toBe(24);
    await expect(guard('acme', 'effect', () => Promise.resolve('answered'))).resolves.toBe('answered');
  });

  test('does not delay another tenant', async () => {
    const guard = createGuard('okta', { maxConcurrent: 1 });
    const open = openCall();
    const answer = guard('acme', 'effect', open.call);
    await expect(guard('globex', 'effect', () => Promise.resolve('answered'))).resolves.toBe('answered');
    open.end();
    await answer;
  });
});

describe('after five unanswered calls in a row', () => {
  const broken = async (openMs: number) => {
    const guard = createGuard('okta', { openMs, retryDelayMs: 1 });
    for (let call = 0; call < 5; call += 1) await faultOf(guard('acme', 'effect', unanswered));
    return guard;
  };

  test('no call is sent, and the error says how long to wait', async () => {
    const guard = await broken(60_000);
    let left = false;
    const fault = await faultOf(
      guard('acme', 'read', async () => {
        left = true;
      }),
    );
    expect(fault).toMatchObject({
      fault: 'unreachable',
      message: 'has an open circuit breaker after too many unanswered calls',
    });
    expect(fault.retryAfterMs).toBeGreaterThan(50_000);
    expect(left).toBe(false);
  });

  test('one call is sent after a while, and its success closes the breaker', async () => {
    const guard = await broken(0);
    await expect(guard('acme', 'effect', () => Promise.resolve('answered'))).resolves.toBe('answered');
    await expect(guard('acme', 'effect', () => Promise.resolve('answered'))).resolves.toBe('answered');
  });

  test('the calls that wait for that one call count as concurrent calls', async () => {
    const guard = await broken(0);
    const open = openCall();
    const waiting = Array.from({ length: 24 }, () => guard('acme', 'effect', open.call));
    expect(await faultOf(guard('acme', 'effect', open.call))).toMatchObject({
      message: 'has too many concurrent calls',
    });
    open.end();
    await Promise.all(waiting);
  });
});

test('refusals are answers: any number of them leaves the breaker closed', async () => {
  const guard = createGuard('okta');
  for (let call = 0; call < 10; call += 1)
    await faultOf(
      guard('acme', 'effect', () =>
        Promise.reject(new ConnectorError({ service: 'okta', fault: 'refused' }, 'answered 400')),
      ),
    );
  await expect(guard('acme', 'effect', () => Promise.resolve('answered'))).resolves.toBe('answered');
});
