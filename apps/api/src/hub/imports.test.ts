import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { pushOfGroup } from '@keycourier/operations/hub/hub-acts';
import { until } from '@keycourier/runtime/testing/until';
import { sql } from 'kysely';
import { z } from 'zod';

import { runApi, type Call, type RunningApi } from '../testing/running-api.ts';

let api: RunningApi;
beforeAll(async () => {
  api = await runApi();
});
afterAll(() => api.stop());

const path = '/v1/hub/imports';
const request = (body: object = {}): Promise<Call> => api.call('POST', path, { body });
const change = (body: object): Promise<Call> => api.call('PATCH', '/v1/hub/settings', { body });
const idOf = ({ body }: Call): string => z.string().parse(body['id']);
const conflict = (code: string) => ({ status: 409, body: { code } });

test('a link pushes, or has the hub as its source: each refuses the other, with what to do', async () => {
  expect(await request({ dryRun: true })).toMatchObject(conflict('no_hub'));
  await api.call('POST', '/v1/hub', { body: { orgUrl: 'https://globex-hub.okta.com' } });
  expect(await request()).toMatchObject(conflict('sourcing_off'));
  expect(await change({ update: true, sourcing: { enabled: true } })).toMatchObject(conflict('hub_is_source'));
  expect((await change({ update: true })).status).toBe(200);
  expect(await change({ sourcing: { enabled: true } })).toMatchObject(conflict('hub_is_source'));
  const group = await api.call('POST', '/v1/hub/groups', { body: { groupId: '00g1' } });
  expect(await change({ update: false, sourcing: { enabled: true } })).toMatchObject(conflict('hub_is_source'));
  await api.call('DELETE', `/v1/hub/groups/${idOf(group)}`);
  const on = await change({ update: false, sourcing: { enabled: true, maxShare: 0.4 } });
  const sourcing = {
    enabled: true,
    create: false,
    deactivate: true,
    reactivate: false,
    maxShare: 0.4,
    everySeconds: 3_600,
  };
  expect(on).toMatchObject({ status: 200, body: { update: false, sourcing } });
  expect(await change({ create: true })).toMatchObject(conflict('hub_is_source'));
  for (const [to, body] of [
    ['/v1/hub/groups', { groupId: '00g2' }],
    ['/v1/hub/assignments', { userIds: ['00u1'] }],
    ['/v1/hub/assignments/groups', { groupIds: ['00g1'] }],
    ['/v1/hub/push', { userIds: ['00u1'] }],
  ] as const)
    expect(await api.call('POST', to, { body })).toMatchObject(conflict('hub_is_source'));
});

test('a switch to the hub as the source waits for a group that is being pushed, and is refused then', async () => {
  const { ledger } = api;
  const mapping = { tenant: 'initech', groupId: '00g1', target: 'new', createdBy: 'key_1' } as const;
  const { key } = await api.keyFor('initech');
  const body = { sourcing: { enabled: true } };
  const waiting = sql<{ locks: number }>`
    select count(*)::int as locks from pg_locks join pg_database on pg_database.oid = database
    where datname = current_database() and locktype = 'advisory' and not granted`;
  const changed = await ledger.db.transaction().execute(async (db) => {
    await pushOfGroup(mapping).work({ ...ledger, db });
    let isAnswered = false;
    const change = api.call('PATCH', '/v1/hub/settings', { key, body }).finally(() => {
      isAnswered = true;
    });
    await until(
      async () => (await waiting.execute(ledger.db)).rows[0]?.locks === 1 || isAnswered,
      (is) => is,
    );
    return { change };
  });
  expect(await changed.change).toMatchObject(conflict('hub_is_source'));
});

test('an import is requested once while it waits, and released or rejected by its tenant alone where it is held', async () => {
  const preview = await request({ dryRun: true });
  expect(preview).toMatchObject({ status: 202, body: { state: 'pending', dryRun: true, linked: null, actions: [] } });
  expect(idOf(await request({ dryRun: true }))).toBe(idOf(preview));
  expect(await request()).toMatchObject(conflict('another_runs'));
  const id = idOf(preview);
  const { db } = api.ledger;
  await db.updateTable('comparisons').set({ state: 'held', held_share: 0.4 }).where('id', '=', id).execute();
  const row = { import_id: id, hub_user_id: '00uH', okta_user_id: '00u1', action: 'update' as const, fields: ['city'] };
  await db.insertInto('imported_people').values(row).execute();
  const { key } = await api.keyFor('acme');
  for (const [method, to] of [
    ['GET', ''],
    ['GET', '/people'],
    ['POST', '/release'],
    ['POST', '/reject'],
  ] as const)
    expect((await api.call(method, `${path}/${id}${to}`, { key })).status).toBe(404);
  const actions = [{ action: 'update', people: 1, written: 0, refused: 0 }];
  expect(await api.call('GET', path)).toMatchObject({ body: { items: [{ id, state: 'held', share: 0.4, actions }] } });
  expect(await api.call('GET', '/v1/hub/comparisons')).toMatchObject({ body: { items: [] } });
  expect(await api.call('GET', `${path}/${id}/people`)).toMatchObject({
    body: { items: [{ hubUserId: '00uH', userId: '00u1', action: 'update', fields: ['city'], problem: null }] },
  });
  expect(await api.call('POST', `${path}/${id}/release`)).toMatchObject({ status: 200, body: { state: 'writing' } });
  expect(await api.call('POST', `${path}/${id}/reject`)).toMatchObject(conflict('import_not_held'));
  const entries = await db.selectFrom('audit_entries').select('action').orderBy('seq').execute();
  expect(entries.map(({ action }) => action).slice(-2)).toEqual(['hub.import_previewed', 'hub.import_released']);
});
