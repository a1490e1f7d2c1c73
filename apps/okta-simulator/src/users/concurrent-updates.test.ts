import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { until } from '@keycourier/runtime/testing/until';
import pg from 'pg';
import { z } from 'zod';

import { bodyOf, createUser, startOrg, type Reply, type RunningOrg } from '../testing/running-org.ts';

let org: RunningOrg;
beforeAll(async () => {
  org = await startOrg();
  const ready = { title: 'Ready', type: 'boolean', master: { type: 'OKTA' } };
  await org.call('POST', '/api/v1/meta/schemas/user/default', {
    definitions: {
      custom: { id: '#custom', type: 'object', properties: { ready, sourced: { ...ready, master: undefined } } },
    },
  });
});
afterAll(() => org.close());
afterEach(() => org.call('PUT', '/sim/profiles', { lostUpdateMs: 0, namesChangedAttributes: false }));

const userShape = z.looseObject({ profile: z.record(z.string(), z.unknown()) });
const update = (id: string, changes: Record<string, unknown>, headers?: Record<string, string>): Promise<Reply> =>
  org.call('POST', `/api/v1/users/${id}`, { profile: changes }, headers);
const read = (id: string): Promise<Reply> => org.call('GET', `/api/v1/users/${id}`);
const profileOf = async (id: string) => bodyOf(userShape, await read(id)).profile;

describe('two partial updates of a user at once', () => {
  const both = async ({ hasVersion = false } = {}): Promise<[Record<string, unknown>, number[]]> => {
    const id = await createUser(org);
    const etag = (await read(id)).headers.get('etag') ?? '';
    const sent = hasVersion ? { 'If-Match': etag } : undefined;
    const replies = await untilBothWait(id, () =>
      Promise.all([update(id, { city: 'Salem' }, sent), update(id, { state: 'OR' }, sent)]),
    );
    return [await profileOf(id), replies.map(({ status }) => status).toSorted((one, other) => one - other)];
  };
  /** Keeps the user locked until both updates wait for that: by then they have read what they read without a lock. */
  const untilBothWait = async <Result>(id: string, work: () => Promise<Result>): Promise<Result> => {
    const pool = new pg.Pool({ connectionString: org.databaseUrl });
    const holder = await pool.connect();
    try {
      await holder.query('begin');
      await holder.query('select from org_user where id = $1 for update', [id]);
      const result = work();
      const waiting = "select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'";
      await until(
        async () => (await pool.query(waiting)).rowCount,
        (count) => count === 2,
      );
      await holder.query('commit');
      return await result;
    } finally {
      holder.release(true);
      await pool.end();
    }
  };

  test('are both kept, unless a control says so', async () => {
    expect(await both()).toMatchObject([{ city: 'Salem', state: 'OR' }, [200, 200]]);
    await org.call('PUT', '/sim/profiles', { lostUpdateMs: 1 });
    const [{ city, state }, statuses] = await both();
    expect(statuses).toEqual([200, 200]);
    expect([city === 'Salem', state === 'OR'].filter(Boolean)).toHaveLength(1);
  });

  test('of one version are not: the later is refused', async () => {
    await org.call('PUT', '/sim/profiles', { lostUpdateMs: 1 });
    expect((await both({ hasVersion: true }))[1]).toEqual([200, 412]);
  });
});

test('an ETag changes with the user, and If-Match is compared with it', async () => {
  const id = await createUser(org);
  const first = (await read(id)).headers.get('etag') ?? '';
  expect(first).toMatch(/^W\/"\w+"$/);
  const updated = await update(id, { city: 'Salem' }, { 'If-Match': first });
  expect(updated.status).toBe(200);
  expect(updated.headers.get('etag')).toBe((await read(id)).headers.get('etag'));
  expect(await update(id, { city: 'Bend' }, { 'If-Match': first })).toMatchObject({ status: 412 });
  expect((await update(id, { city: 'Bend' }, { 'If-Match': '*' })).status).toBe(200);
});

describe('a user whose profile has a source', () => {
  test('is edited only where Okta owns the attribute', async () => {
    const id = await createUser(org);
    await org.call('PUT', `/sim/users/${id}/source`, { source: 'active_directory' });
    expect(await update(id, { ready: true })).toMatchObject({ status: 200 });
    for (const changes of [{ city: 'Salem' }, { sourced: true }])
      expect(await update(id, changes)).toMatchObject({ status: 403, body: { errorCode: 'E0000023' } });
    expect(await profileOf(id)).toMatchObject({ ready: true, city: 'San Francisco' });
    await org.call('PUT', `/sim/users/${id}/source`, { source: null });
    expect((await update(id, { city: 'Salem' })).status).toBe(200);
  });
});

test('an event about a profile names the changed attributes only where a control says so', async () => {
  const eventShape = z.array(
    z.looseObject({ debugContext: z.looseObject({ debugData: z.record(z.string(), z.unknown()) }) }),
  );
  const lastChange = async (): Promise<unknown> => {
    const filter = encodeURIComponent('eventType eq "user.account.update_profile"');
    const events = bodyOf(eventShape, await org.call('GET', `/api/v1/logs?filter=${filter}`));
    return events.at(-1)?.debugContext.debugData['changedAttributes'];
  };
  const id = await createUser(org);
  await update(id, { ready: true });
  expect(await lastChange()).toBeUndefined();
  await org.call('PUT', '/sim/profiles', { namesChangedAttributes: true });
  await update(id, { ready: false, city: 'Salem' });
  expect(
    String(await lastChange())
      .split(',')
      .toSorted(),
  ).toEqual(['city', 'ready']);
});
