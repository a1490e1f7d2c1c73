import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { until } from '@keycourier/runtime/testing/until';
import pg from 'pg';
import { z } from 'zod';

import { bodyOf, createGroup, startOrg, type Reply, type RunningOrg } from '../testing/running-org.ts';

let org: RunningOrg;

beforeAll(async () => {
  org = await startOrg();
});
afterAll(() => org.close());

async function runSql(statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: org.databaseUrl });
  await client.connect();
  await client.query(statement);
  await client.end();
}

const logShape = z.array(z.looseObject({ uuid: z.string(), published: z.string(), target: z.array(z.unknown()) }));
const eventsOf = (reply: Reply): z.infer<typeof logShape> => bodyOf(logShape, reply);
const created = encodeURIComponent('eventType eq "group.lifecycle.create"');
const poll = (query = ''): Promise<Reply> => org.call('GET', `/api/v1/logs?filter=${created}&limit=1000${query}`);
const nextOf = (reply: Reply): string => /<([^>]+)>; rel="next"/.exec(reply.headers.get('link') ?? '')?.[1] ?? '';
const read = (link: string): Promise<Reply> => org.call('GET', `${new URL(link).pathname}${new URL(link).search}`);

describe('events that arrive late in the log', () => {
  test('come after later ones, with an older time, exactly once', async () => {
    const start = nextOf(await poll());
    await org.call('PUT', '/sim/log', { lateRate: 1, lateMs: 60_000 });
    await createGroup(org, 'Late');
    await org.call('PUT', '/sim/log', { lateRate: 0 });
    await createGroup(org, 'In time');
    expect(eventsOf(await read(start))).toHaveLength(1);
    await runSql('update log_event set arrives = now() where position is null');
    const [inTime, late] = await until(
      async () => eventsOf(await read(start)),
      ({ length }) => length > 1,
    );
    expect([inTime?.target, late?.target]).toMatchObject([[{ displayName: 'In time' }], [{ displayName: 'Late' }]]);
    expect(Date.parse(late?.published ?? '')).toBeLessThan(Date.parse(inTime?.published ?? ''));
    const rest = await read(nextOf(await read(start)));
    expect(eventsOf(rest)).toEqual([]);
  });

  test('are missed by a bounded query that was read before they arrived', async () => {
    await org.call('PUT', '/sim/log', { lateRate: 1, lateMs: 60_000 });
    const since = new Date().toISOString();
    await createGroup(org, 'Much too late');
    await org.call('PUT', '/sim/log', { lateRate: 0 });
    const bounded = await poll(`&since=${since}&until=${new Date(Date.now() + 1_000).toISOString()}`);
    expect(eventsOf(bounded)).toEqual([]);
    expect(nextOf(bounded)).toBe('');
  });
});

describe('cursors', () => {
  test('that were revoked are refused, and those of later pages work', async () => {
    const old = nextOf(await poll());
    expect((await org.call('DELETE', '/sim/log/cursors')).status).toBe(204);
    expect(await read(old)).toMatchObject({ status: 400, body: { errorCode: 'E0000029' } });
    await org.restart();
    expect(await read(old)).toMatchObject({ status: 400 });
    expect((await read(nextOf(await poll()))).status).toBe(200);
  });
});

describe('limit=0', () => {
  test('returns no event and a next link that skips none', async () => {
    const link = nextOf(await poll());
    await createGroup(org, 'After limit 0');
    const none = await read(link.replace('limit=1000', 'limit=0'));
    expect(eventsOf(none)).toEqual([]);
    expect(eventsOf(await read(nextOf(none).replace('limit=0', 'limit=1000')))).toHaveLength(1);
  });
});

describe('the bucket of the log', () => {
  test('has a limit of its own, and its use is counted', async () => {
    await org.call('PUT', '/sim/log', { limitPerMinute: 3 });
    const replies = [];
    for (let call = 0; call < 4; call += 1) replies.push(await poll());
    expect(replies.map(({ status }) => status)).toEqual([200, 200, 200, 429]);
    expect(replies.map(({ headers }) => headers.get('x-rate-limit-remaining'))).toEqual(['2', '1', '0', '0']);
    expect(replies[3]).toMatchObject({ body: { errorCode: 'E0000047' } });
    expect((await org.call('GET', '/api/v1/groups')).status).toBe(200);
    const uses = await org.call('GET', '/sim/rate-limit');
    expect(uses.body).toContainEqual({
      bucket: '/api/v1/logs',
      limitPerMinute: 3,
      calls: 3,
      refused: 1,
      peakPerMinute: 3,
    });
  });
});

test('the log of a database without positions is read as before', async () => {
  await org.call('PUT', '/sim/log', { limitPerMinute: 600 });
  const before = eventsOf(await poll());
  await runSql('alter table log_event drop column position, drop column arrives');
  await org.restart();
  expect(eventsOf(await poll()).map(({ uuid }) => uuid)).toEqual(
    expect.arrayContaining(before.map(({ uuid }) => uuid)),
  );
});
