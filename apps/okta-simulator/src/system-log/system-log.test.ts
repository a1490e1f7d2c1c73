import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { z } from 'zod';

import { bodyOf, createGroup, createUser, startOrg, type Reply, type RunningOrg } from '../testing/running-org.ts';

let org: RunningOrg;

beforeAll(async () => {
  org = await startOrg();
  // What reads until others have written, reads more often the longer that takes.
  await org.call('PUT', '/sim/rate-limit', { limitPerMinute: 100_000 });
});

afterAll(() => org.close());

const eventShape = z.looseObject({ uuid: z.string(), eventType: z.string(), published: z.string() });
const eventsOf = (reply: Reply): z.infer<typeof eventShape>[] => bodyOf(z.array(eventShape), reply);
const logs = (query: Record<string, string> = {}): Promise<Reply> =>
  org.call('GET', `/api/v1/logs?${new URLSearchParams(query).toString()}`);
const nextOf = (reply: Reply): string | undefined => /<([^>]+)>; rel="next"/.exec(reply.headers.get('link') ?? '')?.[1];

/** Follows the next links until a page is empty; returns the events and the last link. */
async function sweep(start: Reply): Promise<{ uuids: string[]; next: string }> {
  const uuids: string[] = [];
  let page = start;
  for (;;) {
    const events = eventsOf(page);
    uuids.push(...events.map(({ uuid }) => uuid));
    const next = nextOf(page) ?? '';
    if (events.length === 0) return { uuids, next };
    page = await org.call('GET', next);
  }
}

describe('a polling query', () => {
  test('always has a next link and returns every event once', async () => {
    const first = await sweep(await logs({ limit: '2' }));
    expect(nextOf(await org.call('GET', first.next))).toBeDefined();
    await createUser(org);
    await createGroup(org, 'Polled');
    const second = await sweep(await org.call('GET', first.next));
    expect(second.uuids).toHaveLength(3);
    expect(first.uuids.filter((uuid) => second.uuids.includes(uuid))).toEqual([]);
  });

  test('misses no event of concurrent writers', async () => {
    let { next } = await sweep(await logs());
    const seen: string[] = [];
    const read = async (): Promise<void> => {
      const swept = await sweep(await org.call('GET', next));
      seen.push(...swept.uuids);
      next = swept.next;
    };
    let writing = true;
    const writers = Array.from({ length: 40 }, (_none, index) => createGroup(org, `Writer ${index}`));
    const done = Promise.all(writers).finally(() => (writing = false));
    while (writing) await read();
    await done;
    await read();
    expect(new Set(seen).size).toBe(40);
    expect(seen).toHaveLength(40);
  });

  test('continues after a restart', async () => {
    const { next } = await sweep(await logs());
    const path = new URL(next);
    await org.restart();
    await createGroup(org, 'After the restart');
    const events = eventsOf(await org.call('GET', `${path.pathname}${path.search}`));
    expect(events.map(({ eventType }) => eventType)).toEqual(['group.lifecycle.create']);
  });

  test('keeps its filter in the next link', async () => {
    const page = await logs({ filter: 'eventType eq "group.lifecycle.create"', limit: '1' });
    const all = await sweep(page);
    expect(all.uuids.length).toBeGreaterThan(1);
    expect(new URL(nextOf(page) ?? '').searchParams.get('filter')).toBe('eventType eq "group.lifecycle.create"');
    expect(new URL(nextOf(page) ?? '').searchParams.has('since')).toBe(false);
  });
});

describe('a bounded query', () => {
  test('has no next link on its last page', async () => {
    const since = new Date(Date.now() - 3_600_000).toISOString();
    const until = new Date().toISOString();
    const whole = eventsOf(await logs({ since, until, limit: '1000' }));
    const uuids: string[] = [];
    let page: Reply | undefined = await logs({ since, until, limit: '3' });
    while (page !== undefined) {
      uuids.push(...eventsOf(page).map(({ uuid }) => uuid));
      const next = nextOf(page);
      page = next === undefined ? undefined : await org.call('GET', next);
    }
    expect(uuids).toEqual(whole.map(({ uuid }) => uuid));
  });

  test('can be sorted in descending order', async () => {
    const forwards = eventsOf(await logs({ limit: '1000' })).map(({ published }) => published);
    const backwards = eventsOf(await logs({ limit: '1000', sortOrder: 'DESCENDING' })).map(
      ({ published }) => published,
    );
    expect(backwards).toEqual(forwards.toSorted().toReversed());
  });
});

describe('filters', () => {
  test('support targets, actors and several event types', async () => {
    const id = await createUser(org);
    const ofTarget = eventsOf(await logs({ filter: `target.id eq "${id}" and target.type eq "User"` }));
    expect(ofTarget.map(({ eventType }) => eventType)).toEqual(['user.lifecycle.create', 'user.lifecycle.activate']);
    const either = 'eventType eq "user.lifecycle.create" or eventType eq "group.lifecycle.delete"';
    expect(new Set(eventsOf(await logs({ filter: either })).map(({ eventType }) => eventType))).toEqual(
      new Set(['user.lifecycle.create']),
    );
  });

  test('match events that contain all keywords', async () => {
    await createGroup(org, 'Wunderbar Gruppe');
    expect(eventsOf(await logs({ q: 'WUNDERBAR gruppe' }))).toHaveLength(1);
    expect(eventsOf(await logs({ q: 'wunderbar nothing' }))).toHaveLength(0);
  });
});

test.each([
  [{ since: new Date(Date.now() - 181 * 86_400_000).toISOString() }, 'E0000053'],
  [{ filter: 'published gt "2026-01-01T00:00:00.000Z"' }, 'E0000053'],
  [{ since: 'yesterday' }, 'E0000030'],
  [{ after: 'made-up' }, 'E0000029'],
  [{ limit: '1001' }, 'E0000001'],
  [{ sortOrder: 'UP' }, 'E0000001'],
  [{ q: 'a b c d e f g h i j k' }, 'E0000001'],
  [{ since: new Date().toISOString(), after: 'x' }, 'E0000001'],
])('%j is refused with %s', async (query, errorCode) => {
  const parameters = Object.fromEntries(
    Object.entries(query).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
  expect(await logs(parameters)).toMatchObject({ status: 400, body: { errorCode } });
});

test('an event has its actor, client, request, targets and outcome', async () => {
  const id = await createUser(org, { login: 'ada@acme.example', firstName: 'Ada', lastName: 'Byron' });
  const events = await logs({ filter: `target.id eq "${id}" and eventType eq "user.lifecycle.create"` });
  expect(events.body).toMatchObject([
    {
      actor: { type: 'User', alternateId: 'administrator@acme.okta.example' },
      client: { ipAddress: '127.0.0.1' },
      request: { ipChain: [{ ip: '127.0.0.1', version: 'V4' }] },
      target: [{ id, type: 'User', alternateId: 'ada@acme.example', displayName: 'Ada Byron', detailEntry: null }],
      outcome: { result: 'SUCCESS', reason: null },
      severity: 'INFO',
      version: '0',
      debugContext: { debugData: { requestUri: '/api/v1/users' } },
    },
  ]);
});
