import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';

import { idOf } from '../testing/requests.ts';
import { empty, sample } from '../testing/rfc-exchange.ts';
import { runScim, type RunningScim } from '../testing/running-scim.ts';

let scim: RunningScim;
beforeAll(async () => {
  scim = await runScim();
});
afterEach(() => empty(scim));
afterAll(() => scim.stop());

describe('PATCH of a user (RFC 7644 §3.5.2)', () => {
  const patched = async (name: string, changes: Record<string, unknown> = {}) => {
    const before = await scim.call('POST', '/Users', { body: { ...sample('rfc7643-8.2-user-full'), ...changes } });
    const answer = await scim.call('PATCH', `/Users/${idOf(before)}`, { body: sample(name) });
    expect(answer.status).toBe(200);
    const read = await scim.call('GET', `/Users/${idOf(before)}`);
    expect(read.body).toEqual(answer.body);
    return { before: before.body, after: answer.body };
  };
  const emails = [
    { value: 'bjensen@example.com', type: 'work', primary: true },
    { value: 'babs@jensen.org', type: 'home' },
  ];

  test('adds an address and a nickname, and what is there already is no change', async () => {
    const name = 'rfc7644-3.5.2.1-patch_op-add_emails';
    const known = await patched(name);
    expect(known.after).toEqual(known.before);
    await empty(scim);
    const { after } = await patched(name, { emails: [emails[0]], nickName: null });
    expect(after).toMatchObject({ emails, nickName: 'Babs' });
  });

  test('removes the values that fit a filter of two terms', async () => {
    const { after } = await patched('rfc7644-3.5.2.2-patch_op-remove_multi_complex_value');
    expect(after['emails']).toEqual([emails[1]]);
  });

  test('replaces all values', async () => {
    const { after } = await patched('rfc7644-3.5.2.3-patch_op-replace_all_email_values', {
      emails: [{ value: 'old@example.com', type: 'other' }],
    });
    expect(after['emails']).toEqual(emails);
  });

  test('replaces one part of the value that fits', async () => {
    const { before, after } = await patched('rfc7644-3.5.2.3-patch_op-replace_street_address');
    const changed = JSON.stringify(before['addresses']).replace('100 Universal City Plaza"', '1010 Broadway Ave"');
    expect(after['addresses']).toEqual(JSON.parse(changed));
  });

  test('replaces the whole value that fits', async () => {
    const { after } = await patched('rfc7644-3.5.2.3-patch_op-replace_user_work_address');
    const { addresses } = sample('rfc7643-8.2-user-full');
    const { Operations } = sample('rfc7644-3.5.2.3-patch_op-replace_user_work_address');
    const [operation] = Array.isArray(Operations) ? Operations : [];
    expect(operation).toMatchObject({ value: { locality: 'Hollywood' } });
    expect(after['addresses']).toEqual([Object(operation).value, Array.isArray(addresses) ? addresses[1] : undefined]);
  });
});

describe('PATCH of a group', () => {
  const babsIds = [
    '2819c223-7f76-453a-919d-413861904646',
    '2819c223...919d-413861904646',
    '2819c223-7f76-...413861904646',
  ];
  const jamesIds = ['08e1d05d-121c-4561-8b96-473d93df9210', '08e1d05d...473d93df9210'];

  test.each([
    ['rfc7644-3.5.2.1-patch_op-add_members', ['mandy'], ['mandy', 'babs']],
    ['rfc7644-3.5.2.2-patch_op-remove_one_member', ['mandy', 'babs'], ['mandy']],
    ['rfc7644-3.5.2.2-patch_op-remove_all_members', ['mandy', 'babs'], []],
    ['rfc7644-3.5.2.2-patch_op-remove_and_add_one_member', ['mandy', 'babs'], ['mandy', 'james']],
    ['rfc7644-3.5.2.3-patch_op-replace_all_members', ['mandy'], ['babs', 'james']],
  ])('%s: %j become %j', async (name, before, after) => {
    const ids = new Map<string, string>();
    for (const userName of ['mandy', 'babs', 'james'])
      ids.set(userName, idOf(await scim.call('POST', '/Users', { body: { userName } })));
    const members = (names: readonly string[]) => names.map((userName) => ({ value: ids.get(userName) }));
    const created = await scim.call('POST', '/Groups', {
      body: { displayName: 'Tour Guides', members: members(before) },
    });
    const real = Object.fromEntries(
      [
        ...babsIds.map((id) => [id, ids.get('babs')] as const),
        ...jamesIds.map((id) => [id, ids.get('james')] as const),
      ].map(([id, own]) => [id, own ?? '']),
    );
    const path = `/Groups/${idOf(created)}`;
    expect((await scim.call('PATCH', path, { body: sample(name, real) })).status).toBe(204);
    const { body } = await scim.call('GET', path);
    const found = Array.isArray(body['members']) ? body['members'] : [];
    expect(found.map((member: { value?: unknown }) => ({ value: member.value }))).toEqual(
      expect.arrayContaining(members(after)),
    );
    expect(found).toHaveLength(after.length);
  });
});
