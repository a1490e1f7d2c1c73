import { readFile } from 'node:fs/promises';

import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { groupProblems, memberProblems } from '@keycourier/journey/hub/group-changes';
import { hubPersonProblems } from '@keycourier/journey/hub/person-changes';
import { claimGroup, finishGroup } from '@keycourier/ledger/hub/push-groups';
import { z } from 'zod';

import { runApi, type Call, type RunningApi } from '../testing/running-api.ts';

let api: RunningApi;
beforeAll(async () => {
  api = await runApi();
});
afterAll(() => api.stop());

const path = '/v1/hub/groups';
const push = (body: object): Promise<Call> => api.call('POST', path, { body });
const idOf = ({ body }: Call): string => z.string().parse(body['id']);

test('a group is pushed once the tenant has a hub, and once', async () => {
  expect(await push({ groupId: '00g1' })).toMatchObject({ status: 409, body: { code: 'no_hub' } });
  await api.call('POST', '/v1/hub', { body: { orgUrl: 'https://globex-hub.okta.com' } });
  const made = await push({ groupId: '00g1' });
  const expected = { groupId: '00g1', target: 'new', status: 'pending', name: null, problem: null, due: 0 };
  expect(made).toMatchObject({ status: 201, body: expected });
  expect(await push({ groupId: '00g1' })).toMatchObject({ status: 409, body: { code: 'group_is_pushed' } });
  expect(await api.call('GET', `${path}/${idOf(made)}`)).toMatchObject({ status: 200, body: expected });
});

test.each([
  ['without a name and an id', {}],
  ['with both', { id: '00g2', name: 'Staff' }],
])('a target %s is refused', async (_title, target) => {
  expect(await push({ groupId: '00g9', target })).toMatchObject({ status: 400, body: { code: 'bad_request' } });
});

test('what keeps a group from the hub is said in a sentence, and lists are pages', async () => {
  const id = idOf(await push({ groupId: '00g2', target: { name: 'Staff' } }));
  const claim = await claimGroup(api.ledger, 'push-group', { id, dispatchId: null, leaseMs: 60_000 });
  if (claim.outcome !== 'claimed') throw new RangeError(claim.outcome);
  const result = { name: 'Sales', wrote: false, problem: 'target_not_found', members: null, isEnded: false } as const;
  await finishGroup(api.ledger, claim.attempt, result);
  expect(await api.call('GET', `${path}/${id}`)).toMatchObject({
    body: {
      name: 'Sales',
      target: 'existing',
      status: 'problem',
      problem: { code: 'target_not_found', message: expect.stringContaining('no such group') },
    },
  });
  const first = await api.call('GET', `${path}?limit=1`);
  expect(first.body).toMatchObject({ items: [{ groupId: '00g1' }], nextCursor: expect.any(String) });
  const second = await api.call('GET', `${path}?limit=1&cursor=${String(first.body['nextCursor'])}`);
  expect(second.body).toMatchObject({ items: [{ groupId: '00g2' }], nextCursor: null });
});

test('the walk-through says of every problem what to do', async () => {
  const page = await readFile(new URL('../../../../docs/hub-walkthrough.md', import.meta.url), 'utf8');
  const codes = new Set([...page.matchAll(/`([a-z]+(?:_[a-z]+)*)`/g)].map(([, code = '']) => code));
  const missing = [...hubPersonProblems, ...groupProblems, ...memberProblems].filter((code) => !codes.has(code));
  expect(missing).toEqual([]);
});

test('a group is paused, pushed now and ended by its tenant alone, and each act is recorded', async () => {
  const id = idOf(await push({ groupId: '00g3' }));
  const { key } = await api.keyFor('acme');
  for (const [method, to] of [
    ['GET', ''],
    ['POST', '/pause'],
    ['POST', '/push'],
    ['DELETE', ''],
    ['DELETE', '?deleteTarget=true'],
  ] as const)
    expect(await api.call(method, `${path}/${id}${to}`, { key })).toMatchObject({ status: 404 });
  expect(await api.call('GET', path, { key })).toMatchObject({ body: { items: [] } });
  expect(await api.call('POST', `${path}/${id}/pause`)).toMatchObject({ status: 200, body: { status: 'paused' } });
  expect(await api.call('POST', `${path}/${id}/push`)).toMatchObject({ status: 200, body: { status: 'pending' } });
  expect(await api.call('DELETE', `${path}/${id}?deleteTarget=true`)).toMatchObject({ status: 204 });
  expect(await api.call('GET', `${path}/${id}`)).toMatchObject({ body: { status: 'deleting' } });
  expect(await api.call('POST', `${path}/${id}/pause`)).toMatchObject({ status: 404 });
  expect(await api.call('DELETE', `${path}/${id}`)).toMatchObject({ status: 204 });
  expect(await api.call('DELETE', `${path}/${id}`)).toMatchObject({ status: 404 });
  const entries = await api.ledger.db.selectFrom('audit_entries').select('action').orderBy('seq').execute();
  expect(entries.map(({ action }) => action).slice(-5)).toEqual([
    'hub.group_pushed',
    'hub.group_paused',
    'hub.group_pushed_now',
    'hub.group_deleted',
    'hub.group_unlinked',
  ]);
});
