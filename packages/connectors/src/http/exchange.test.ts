import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';

import { serve, type TestServer } from '../testing/http-server.ts';
import { answerLimits, exchange } from './exchange.ts';

let server: TestServer;
beforeAll(async () => {
  server = await serve();
});
afterAll(() => server.close());

const many = (count: number, one: string): string => Array.from({ length: count }, () => one).join(',');

function exchangeFor(text: string, status = 200) {
  server.respond((_request, response) => response.writeHead(status, { 'content-type': 'application/json' }).end(text));
  return exchange('okta', { method: 'GET', url: new URL(server.url), headers: {} }, 20_000);
}

describe("a service's answer", () => {
  const { depth, elements, members, values } = answerLimits;
  const named = (count: number): string => Array.from({ length: count }, (_, index) => `"n${index}":0`).join(',');

  test.each([
    [
      'levels',
      `${'['.repeat(depth)}${']'.repeat(depth)}`,
      'too_deep',
      `${'['.repeat(depth + 1)}${']'.repeat(depth + 1)}`,
    ],
    ['elements', `[${many(elements, '0')}]`, 'too_many_elements', `[${many(elements + 1, '0')}]`],
    ['members', `{${named(members)}}`, 'too_many_members', `{${named(members + 1)}}`],
    ['values', `[${many(11, `[${many(45_453, '0')}]`)}]`, 'too_many_values', `[${many(11, `[${many(45_454, '0')}]`)}]`],
  ])('with as many %s as it may have is read, and one more is an unknown outcome', async (_what, text, code, more) => {
    expect((await exchangeFor(text)).json).toEqual(JSON.parse(text));
    await expect(exchangeFor(more)).rejects.toMatchObject({
      fault: 'outcome_unknown',
      message: expect.stringContaining(code),
    });
    expect(await exchangeFor(more, 500)).toMatchObject({ status: 500, json: undefined });
    expect(values).toBe(500_000);
  });

  test('of more bytes than are accepted is an unknown outcome', async () => {
    await expect(exchangeFor(`"${'x'.repeat(10 * 1_048_576)}"`)).rejects.toMatchObject({ fault: 'outcome_unknown' });
  });
});
