import { describe, expect, test } from '@jest/globals';
import { ConnectorError } from '@keycourier/journey/ports/errors';

import { createClassifyForbidden } from './classify-forbidden.ts';

const forbidden = new ConnectorError({ service: 'okta', fault: 'forbidden' }, 'answered 403', {
  status: 403,
  refusals: [{ field: 'request', code: 'E0000006' }],
});

/** A neutral request that is answered with a status, or not at all, and counts its calls. */
function neutralRequest(status: () => number | null): {
  key: string;
  request: () => Promise<unknown>;
  calls: () => number;
} {
  let calls = 0;
  const request = async (): Promise<void> => {
    calls += 1;
    await new Promise((resolve) => setImmediate(resolve));
    const current = status();
    if (current === null) throw new ConnectorError({ service: 'okta', fault: 'outcome_unknown' }, 'timed out');
    if (current >= 400)
      throw new ConnectorError({ service: 'okta', fault: 'forbidden' }, `answered ${current}`, { status: current });
  };
  return { key: 'acme users', request, calls: () => calls };
}

describe('a 403 is', () => {
  test.each([
    [200, 'forbidden'],
    [401, 'unauthorized'],
    [403, 'unauthorized'],
    [429, 'unreachable'],
    [500, 'unreachable'],
    [null, 'unreachable'],
  ] as const)('by a neutral request that is answered with %s: %s', async (status, fault) => {
    const classify = createClassifyForbidden(() => 0);
    const classified = await classify(
      forbidden,
      neutralRequest(() => status),
    );
    expect(classified).toMatchObject({ service: 'okta', fault, status: 403, refusals: forbidden.refusals });
  });

  test('about the credentials where no neutral request exists', async () => {
    expect((await createClassifyForbidden(() => 0)(forbidden, null)).fault).toBe('unauthorized');
  });
});

test('a thousand at once cost one neutral request', async () => {
  const classify = createClassifyForbidden(() => 0);
  const neutral = neutralRequest(() => 200);
  const classified = await Promise.all(Array.from({ length: 1_000 }, () => classify(forbidden, neutral)));
  expect(new Set(classified.map(({ fault }) => fault))).toEqual(new Set(['forbidden']));
  expect(neutral.calls()).toBe(1);
});

test('the answer is kept for half a minute, and asked for again after that', async () => {
  let [nowMs, status] = [0, 200];
  const classify = createClassifyForbidden(() => nowMs);
  const neutral = neutralRequest(() => status);
  await classify(forbidden, neutral);
  status = 403;
  nowMs = 29_999;
  expect((await classify(forbidden, neutral)).fault).toBe('forbidden');
  nowMs = 30_000;
  expect((await classify(forbidden, neutral)).fault).toBe('unauthorized');
  expect(neutral.calls()).toBe(2);
});

test('each tenant and kind has an answer of its own, and a failure is not kept', async () => {
  const classify = createClassifyForbidden(() => 0);
  let status: number | null = null;
  const neutral = neutralRequest(() => status);
  expect((await classify(forbidden, neutral)).fault).toBe('unreachable');
  status = 200;
  expect((await classify(forbidden, neutral)).fault).toBe('forbidden');
  expect((await classify(forbidden, { ...neutralRequest(() => 403), key: 'globex users' })).fault).toBe('unauthorized');
});
