import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';

import { faultOf } from '../testing/fault-of.ts';
import { noAnswerMs } from '../testing/http-faults.ts';
import { breakOff, drop, hang, json, serve, text, type TestServer } from '../testing/http-server.ts';
import { createSystemLog, isPageTooLarge, logFilter, type SystemLog } from './system-log.ts';

let server: TestServer;
let log: SystemLog;
beforeAll(async () => {
  server = await serve();
  log = logWithin(30_000);
});
afterAll(() => server.close());

/** Waits for an answer so long: briefly only where none comes, so that a busy machine fails no other test. */
const logWithin = (timeoutMs: number): SystemLog =>
  createSystemLog(() => ({ orgUrl: server.url, auth: { token: () => 'a-token' }, timeoutMs }), {
    resilience: { breakAfter: 1_000 },
  });

const since = new Date('2026-01-02T03:04:05.678Z');
const read = (from = log) => from.readPage('acme', { since, limit: 1_000 });
const event = (uuid: string) => ({ uuid, eventType: 'group.user_membership.add' });
const nextTo = (url: string): Record<string, string> => ({ link: `<${url}>; rel="next"` });
const own = (rest = ''): string => `${server.url}/api/v1/logs?after=abc${rest}`;

describe('a page', () => {
  test('is asked for as a polling query for our event types', async () => {
    server.respond(json(200, [], nextTo(own())));
    await read();
    const [request] = server.seen;
    const url = new URL(request?.path ?? '', server.url);
    expect(url.pathname).toBe('/api/v1/logs');
    expect(Object.fromEntries(url.searchParams)).toEqual({
      since: '2026-01-02T03:04:05.678Z',
      filter: logFilter,
      limit: '1000',
      sortOrder: 'ASCENDING',
    });
    expect(logFilter).toBe(
      'eventType eq "group.user_membership.add" or eventType eq "system.mfa.preregister.initiate" or eventType eq "group.user_membership.remove" or eventType eq "user.account.update_profile" or eventType eq "user.lifecycle.deactivate" or eventType eq "user.lifecycle.activate" or eventType eq "group.profile.update" or eventType eq "group.lifecycle.delete"',
    );
    expect(request?.headers.authorization).toBe('SSWS a-token');
  });

  test('is the events, the link to the next one, the time of the answer and the rate limit', async () => {
    server.respond(
      json(200, [event('u-1'), 'not an event', { eventType: 'user.session.start' }, event('u-2')], {
        link: `<${server.url}/api/v1/logs?since=x>; rel="self", <${own('&limit=1000')}>; rel="next"`,
        date: 'Fri, 02 Jan 2026 03:04:00 GMT',
        'x-rate-limit-limit': '60',
        'x-rate-limit-remaining': '58',
        'x-rate-limit-reset': String(Date.parse('2026-01-02T03:04:20Z') / 1_000),
      }),
    );
    await expect(read()).resolves.toEqual({
      events: [event('u-1'), 'not an event', event('u-2')],
      isEnd: false,
      next: { link: own('&limit=1000') },
      servedAt: new Date('2026-01-02T03:04:00.000Z'),
      rateLimit: { limit: 60, remaining: 58, resetsInMs: 21_000 },
    });
  });

  test('of other events alone is not the end of the log', async () => {
    server.respond(json(200, [{ eventType: 'user.session.start' }], nextTo(own())));
    await expect(read()).resolves.toMatchObject({ events: [], isEnd: false });
    server.respond(json(200, [], nextTo(own())));
    await expect(read()).resolves.toMatchObject({ events: [], isEnd: true, next: { link: own() } });
  });

  test('without rate limit headers, or with headers that cannot be read, has none', async () => {
    const headers = { 'x-rate-limit-limit': '60', 'x-rate-limit-remaining': 'many', 'x-rate-limit-reset': '1' };
    server.respond(json(200, [], headers));
    await expect(read()).resolves.toMatchObject({ rateLimit: null, next: null });
  });

  test('is read to the end of the limit, since the caller paces the calls', async () => {
    const headers = {
      'x-rate-limit-limit': '10',
      'x-rate-limit-remaining': '1',
      'x-rate-limit-reset': String(Math.ceil(Date.now() / 1_000) + 60),
    };
    server.respond(json(200, [], headers));
    await read();
    await read();
    expect(server.seen).toHaveLength(2);
    server.respond(json(200, []));
    await read();
  });

  test('is followed by its whole link, parameters and all', async () => {
    const link = own('&filter=a%20b&limit=7');
    server.respond(json(200, [], nextTo(link)));
    await log.readPage('acme', { link });
    expect(server.seen.map(({ path }) => path)).toEqual(['/api/v1/logs?after=abc&filter=a%20b&limit=7']);
  });
});

describe('a link that leads elsewhere', () => {
  const links = (): [title: string, link: string][] => [
    ['another host', 'https://evil.example/api/v1/logs?after=abc'],
    ['another port', 'http://127.0.0.1:1/api/v1/logs?after=abc'],
    ['another protocol', own().replace('http:', 'https:')],
    ['another path', `${server.url}/api/v1/users?after=abc`],
    ['a path below', `${server.url}/api/v1/logs/../users`],
    ['a user in it', own().replace('http://', 'http://someone@')],
    ['a host in disguise', own().replace('http://127.0.0.1', 'http://127.0.0.1@evil.example')],
    ['no address', 'after=abc'],
    ['a path of another host', '//evil.example/api/v1/logs?after=abc'],
    ['a script', 'javascript:alert(1)'],
  ];

  test.each(Array.from({ length: 10 }, (_, index) => index))('is said and never followed (%#)', async (index) => {
    const [title, link] = links()[index] ?? ['', ''];
    server.respond(json(200, [event('u-1')], nextTo(link)));
    expect([title, (await read()).next]).toEqual([title, 'foreign']);
    server.respond(json(200, []));
    const thrown = await faultOf(log.readPage('acme', { link }));
    expect(thrown).toMatchObject({ fault: 'refused', message: 'okta readLog: has a next link that leads elsewhere' });
    expect(server.seen).toEqual([]);
  });
});

describe('a failed call', () => {
  test.each([
    ['a refused cursor', json(400, { errorCode: 'E0000053', errorSummary: 'x' }), 'refused', 400],
    ['a lost cursor', json(404, { errorCode: 'E0000007', errorSummary: 'x' }), 'not_found', 404],
    ['a token without the scope', json(403, { errorCode: 'E0000006', errorSummary: 'x' }), 'unauthorized', 403],
    ['a token that is not valid', json(401, { errorCode: 'E0000011', errorSummary: 'x' }), 'unauthorized', 401],
    ['a rate limit', json(429, { errorCode: 'E0000047', errorSummary: 'x' }), 'rate_limited', 429],
    ['a query that took too long', json(500, { errorCode: 'E0000009', errorSummary: 'x' }), 'outcome_unknown', 500],
    ['a gateway', text(404, '<html>not found</html>'), 'outcome_unknown', 404],
    ['no answer', hang, 'outcome_unknown', null],
    ['a broken connection', drop, 'outcome_unknown', null],
    ['half an answer', breakOff, 'outcome_unknown', null],
    ['no list', json(200, { events: [] }), 'outcome_unknown', null],
  ] as const)('is sent once, since each call counts for the rate limit: %s', async (_title, respond, fault, status) => {
    server.respond(respond);
    expect(await faultOf(read(respond === hang ? logWithin(noAnswerMs) : log))).toMatchObject({ fault, status });
    expect(server.seen).toHaveLength(1);
  });

  test('for an answer of more than 8 MiB says so', async () => {
    server.respond(json(200, [{ ...event('u-1'), padding: 'x'.repeat(9 * 1_024 * 1_024) }]));
    expect(isPageTooLarge(await faultOf(read()))).toBe(true);
    server.respond(drop);
    expect(isPageTooLarge(await faultOf(read()))).toBe(false);
  });
});
