import { describe, expect, test } from '@jest/globals';
import { createHeldAnswers, standardHoldLimits } from '@keycourier/runtime/held-answers';
import { until } from '@keycourier/runtime/testing/until';

import { runApi, type Call, type RunningApi } from './testing/running-api.ts';

const { promptPerMinute } = standardHoldLimits;

/** An API that holds refusals until it stops, and how many there were. */
async function start(
  limits: { failuresPerMinute: number; promptPerMinute: number } = { failuresPerMinute: 5, promptPerMinute },
): Promise<{ api: RunningApi; refusals: () => number }> {
  const held = createHeldAnswers({ ...standardHoldLimits, ...limits, holdMs: 600_000 });
  let refusals = 0;
  const hold: typeof held.hold = (subject, response) => {
    refusals += 1;
    return held.hold(subject, response);
  };
  const { failuresPerMinute } = limits;
  const api = await runApi({ limits: { requestsPerMinute: 30, failuresPerMinute }, held: { ...held, hold } });
  return { api, refusals: () => refusals };
}

/** Sends so many requests at once, and collects the answers as they come. */
function sendMany(api: RunningApi, key: string | null, count: number): { answers: Call[]; ended: Promise<unknown> } {
  const answers: Call[] = [];
  const sent = Array.from({ length: count }, async () => {
    answers.push(await api.call('GET', '/v1/flows', { key }));
  });
  return { answers, ended: Promise.all(sent) };
}

const countOf = (answers: readonly Call[], status: number): number =>
  answers.filter((answer) => answer.status === status).length;

describe('a flood of refused requests', () => {
  test('of a key is answered slowly, other tenants are answered, and a stop answers what is held', async () => {
    const { api, refusals } = await start();
    const [acme, globex] = [(await api.keyFor('acme')).key, (await api.keyFor('globex')).key];
    const flood = sendMany(api, acme, 30 + promptPerMinute + 10);
    await until(
      () => flood.answers.length,
      (length) => length === 30 + promptPerMinute,
    );
    expect(await api.call('GET', '/v1/flows', { key: globex })).toMatchObject({ status: 200 });
    expect([countOf(flood.answers, 200), countOf(flood.answers, 429)]).toEqual([30, promptPerMinute]);
    await until(refusals, (count) => count === promptPerMinute + 10);
    await api.stop();
    await flood.ended;
    expect(countOf(flood.answers, 429)).toBe(promptPerMinute + 10);
    for (const { status, headers, body } of flood.answers.slice(-10)) {
      expect({ status, code: body['code'] }).toEqual({ status: 429, code: 'too_many_requests' });
      expect(Number(headers.get('retry-after'))).toBeGreaterThan(0);
      expect(body['requestId']).toBe(headers.get('request-id'));
    }
  });

  test('with wrong keys is answered slowly at its address, where a valid key is not held', async () => {
    const { api, refusals } = await start();
    const { key } = await api.keyFor('globex');
    const flood = sendMany(api, 'kc_wrong', 5 + promptPerMinute + 10);
    await until(
      () => flood.answers.length,
      (length) => length === 5 + promptPerMinute,
    );
    expect(await api.call('GET', '/v1/flows', { key })).toMatchObject({ status: 200 });
    expect([countOf(flood.answers, 401), countOf(flood.answers, 429)]).toEqual([5, promptPerMinute]);
    await until(refusals, (count) => count === promptPerMinute + 10);
    await api.stop();
    await flood.ended;
    expect(countOf(flood.answers, 429)).toBe(promptPerMinute + 10);
  });
});

test('a refusal whose client goes away while it is held is in the log', async () => {
  const { api, refusals } = await start({ failuresPerMinute: 0, promptPerMinute: 0 });
  const gone = new AbortController();
  const headers = { authorization: 'Bearer kc_wrong' };
  const sent = fetch(`${api.url}/v1/flows`, { headers, signal: gone.signal });
  await until(refusals, (count) => count === 1);
  gone.abort();
  await expect(sent).rejects.toThrow(/abort/);
  await until(
    () => api.logged.filter((line) => line.includes('request refused') && line.includes('"status":429')),
    (lines) => lines.length === 1,
  );
  await api.stop();
});
