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
    const classify = createClassifyForbidden();
    const classified = await classify(
      forbidden,
      neutralRequest(() => status),
    );
    expect(classified).toMatchObject({ service: 'okta', fault, status: 403, refusals: forbidden.refusals });
  });

  test('about the credentials where no neutral request exists', async () => {
    expect((await createClassifyForbidden()(forbidden, null)).fault).toBe('unauthorized');
  });
});

test('a thousand at once cost two neutral requests', async () => {
  const classify = createClassifyForbidden();
  const neutral = neutralRequest(() => 200);
  const classified = await Promise.all(Array.from({ length: 1_000 }, () => classify(forbidden, neutral)));
  expect(new Set(classified.map(({ fault }) => fault))).toEqual(new Set(['forbidden']));
  expect(neutral.calls()).toBe(2);
});

test('credentials that are refused since the last neutral request are not taken for accepted', async () => {
  let status = 200;
  const classify = createClassifyForbidden();
  const neutral = neutralRequest(() => status);
  const first = classify(forbidden, neutral);
  // While that one runs: its answer says nothing about a 403 that came after it began.
  const second = classify(forbidden, neutral);
  await first;
  status = 403;
  expect((await first).fault).toBe('forbidden');
  expect((await second).fault).toBe('unauthorized');
  expect((await classify(forbidden, neutral)).fault).toBe('unauthorized');
});

test('each tenant and kind has an answer of its own, and a failure is not that of the next', async () => {
  const classify = createClassifyForbidden();
  let status: number | null = null;
  const neutral = neutralRequest(() => status);
  expect((await classify(forbidden, neutral)).fault).toBe('unreachable');
  status = 200;
  expect((await classify(forbidden, neutral)).fault).toBe('forbidden');
  expect((await classify(forbidden, { ...neutralRequest(() => 403), key: 'globex users' })).fault).toBe('unauthorized');
});
