import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';

import { clientOf, enterprise, patchOf } from '../testing/requests.ts';
import { runScim, type RunningScim } from '../testing/running-scim.ts';

let scim: RunningScim;
let okta: ReturnType<typeof clientOf>;
beforeAll(async () => {
  scim = await runScim();
  okta = clientOf(scim);
});
afterAll(() => scim.stop());

let users = 0;
const newName = () => {
  users += 1;
  return `User.${users}@acme.example`;
};
const newUser = (more: Record<string, unknown> = {}) => okta.user(newName(), more);
const activeOf = async (id: string) => (await okta.read(`/Users/${id}`))['active'];

describe('active', () => {
  test.each([
    ['scim-patch #872, scimmy #86, rancher #52996, bytebase #19073', { op: 'Replace', path: 'active', value: 'False' }],
    ['the same in lower case', { op: 'replace', path: 'active', value: 'false' }],
    ['Sentry #27199, Metatavu #95', { op: 'replace', value: { active: false } }],
    ['SailPoint 7752', { op: 'add', value: { active: false } }],
    ['fleet #53446', { op: 'add', path: 'active', value: false }],
  ])('%s: %j deactivates, and so it does a second time', async (_report, operation) => {
    const id = await newUser();
    for (const active of [false, true, false]) {
      const answer = active
        ? await okta.patch(`/Users/${id}`, { op: 'replace', value: { active } })
        : await okta.patch(`/Users/${id}`, operation);
      // Infisical #5681: what is answered is what is stored, as a boolean.
      expect([answer.body['active'], await activeOf(id)]).toEqual([active, active]);
    }
    expect(await okta.users('active eq false')).toContain(id);
  });

  test('okta-blog-archive #1956, coder #15828, unitycatalog #423: a PUT deactivates as well', async () => {
    const id = await newUser();
    await okta.put(`/Users/${id}`, { ...(await okta.read(`/Users/${id}`)), active: false });
    expect(await activeOf(id)).toBe(false);
  });

  test('entra-id-inbound #16: a PUT without active leaves it as it is', async () => {
    const id = await newUser();
    const { userName } = await okta.read(`/Users/${id}`);
    await okta.put(`/Users/${id}`, { userName, title: 'Guide' });
    expect(await activeOf(id)).toBe(true);
    await okta.put(`/Users/${id}`, { userName, active: false });
    await okta.put(`/Users/${id}`, { userName, active: null, title: 'Guide' });
    expect(await activeOf(id)).toBe(false);
  });

  test('FORUM 24187: who is deactivated is answered, listed and found', async () => {
    const id = await newUser({ active: false });
    const { userName } = await okta.read(`/Users/${id}`);
    expect(await activeOf(id)).toBe(false);
    expect(await okta.users(`userName eq "${String(userName)}"`)).toEqual([id]);
  });

  test('FORUM 14380: a stale deactivation after a reactivation is undone by the next one, with nothing lost', async () => {
    const id = await newUser({ title: 'Guide', externalId: 'forum-14380' });
    const group = await okta.group('Forum 14380', [id]);
    const before = await okta.read(`/Users/${id}`);
    for (const active of [false, true]) await okta.patch(`/Users/${id}`, { op: 'replace', value: { active } });
    await okta.put(`/Users/${id}`, { ...before, active: false });
    await okta.patch(`/Users/${id}`, { op: 'replace', value: { active: true } });
    const { meta: _before, ...kept } = before;
    const { meta: _after, groups, ...after } = await okta.read(`/Users/${id}`);
    expect([after, groups]).toMatchObject([{ id: kept['id'], title: 'Guide', active: true }, [{ value: group }]]);
  });

  test('better-auth #11111, rancher #55220: who comes back by a POST is the same user', async () => {
    const externalId = '00uRETURNS';
    const name = newName();
    const id = await okta.user(name, { externalId });
    await okta.patch(`/Users/${id}`, { op: 'replace', value: { active: false } });
    expect(await okta.user(name, { externalId })).toBe(id);
    expect(await activeOf(id)).toBe(true);
    await okta.patch(`/Users/${id}`, { op: 'replace', value: { active: false } });
    expect(await okta.user(newName(), { externalId })).toBe(id);
    expect(await okta.users(`externalId eq "${externalId}"`)).toEqual([id]);
  });
});

describe('names and look-ups', () => {
  test('zitadel #10009 and #10296: no placeholder password is refused, in any form', async () => {
    for (const password of ['x', '', 5, null, { a: [1] }, 'a'.repeat(10_000)]) {
      const id = await newUser({ password });
      await okta.patch(`/Users/${id}`, { op: 'replace', value: { password } });
      await okta.patch(`/Users/${id}`, { op: 'replace', path: 'password', value: password });
    }
  });

  test('OctopusDeploy #9841, better-auth #10420: externalId is looked up, case-exact', async () => {
    const id = await newUser({ externalId: '00uAbC' });
    expect(await okta.users('externalId eq "00uAbC"')).toEqual([id]);
    expect(await okta.users('externalId eq "00uabc"')).toEqual([]);
  });

  test('posthog #42253, Infisical #5947: a userName comes back as it was sent, always', async () => {
    const name = 'Bob.ÄÖÜ@Acme.Example';
    const created = await okta.send('POST', '/Users', { userName: name });
    const id = String(created.body['id']);
    expect([created.body['userName'], (await okta.read(`/Users/${id}`))['userName']]).toEqual([name, name]);
    expect(await okta.users(`userName eq "${name.toLowerCase()}"`)).toEqual([id]);
    expect((await okta.send('POST', '/Users', { userName: name.toUpperCase() })).status).toBe(409);
  });

  test('WSO2 #5140 and #3375, simpleidserver #489, scimitar #37: names and operators in any letter case', async () => {
    const name = newName();
    const id = await okta.user(name, { displayName: 'Case' });
    for (const filter of [
      `Username EQ "${name}"`,
      `USERNAME Eq "${name}"`,
      `urn:IETF:params:scim:schemas:core:2.0:User:userName eQ "${name}"`,
    ])
      expect(await okta.users(filter)).toEqual([id]);
    const body = { SCHEMAS: [], USERNAME: name, DisplayName: 'Upper' };
    expect((await okta.put(`/Users/${id}`, body)).body).toMatchObject({ userName: name, displayName: 'Upper' });
  });

  test('simpleidserver #928, Cogtrix #121: a userName that is taken is 409, by PATCH and PUT', async () => {
    const [taken, id] = [newName(), await newUser()];
    await okta.user(taken);
    const before = await okta.read(`/Users/${id}`);
    const patch = patchOf(
      { op: 'replace', path: 'title', value: 'x' },
      { op: 'replace', value: { userName: taken.toUpperCase() } },
    );
    for (const answer of [
      await okta.send('PATCH', `/Users/${id}`, patch),
      await okta.send('PUT', `/Users/${id}`, { userName: taken }),
    ])
      expect(answer.body).toMatchObject({ status: '409', scimType: 'uniqueness' });
    expect(await okta.read(`/Users/${id}`)).toEqual(before);
  });

  test('ssoready #164: who is renamed is the same user', async () => {
    const [id, renamed] = [await newUser(), newName()];
    await okta.patch(`/Users/${id}`, { op: 'replace', path: 'userName', value: renamed });
    expect(await okta.users(`userName eq "${renamed}"`)).toEqual([id]);
    expect(await activeOf(id)).toBe(true);
  });

  test('laravel-scim-server #36: enterprise attributes of a PUT are stored', async () => {
    const id = await newUser();
    const { userName } = await okta.read(`/Users/${id}`);
    await okta.put(`/Users/${id}`, { userName, [enterprise]: { department: 'IT', employeeNumber: '7' } });
    expect(await okta.read(`/Users/${id}`)).toMatchObject({
      schemas: expect.arrayContaining([enterprise]),
      [enterprise]: { department: 'IT', employeeNumber: '7' },
    });
  });

  test.each(['__proto__', '__proto__.x', 'constructor.prototype.x', 'emails.__proto__.x', 'prototype', 'toString'])(
    'CVE-2026-48170: %s reaches no prototype, by a path, a body, a filter or a projection',
    async (name) => {
      const id = await newUser();
      const before = await okta.read(`/Users/${id}`);
      const hostile = `{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[{"op":"add","value":{"${name}":"x"}}]}`;
      for (const body of [patchOf({ op: 'add', path: name, value: 'x' }), patchOf({ op: 'remove', path: name })])
        expect((await okta.send('PATCH', `/Users/${id}`, body)).status).toBe(400);
      const answer = await scim.call('PATCH', `/Users/${id}`, { body: hostile });
      expect([200, 400]).toContain(answer.status);
      expect((await okta.send('GET', `/Users?filter=${name} eq "x"`)).body).toMatchObject({
        scimType: 'invalidFilter',
      });
      expect((await okta.send('GET', `/Users/${id}?attributes=${name}`)).body).toEqual({
        id,
        schemas: before['schemas'],
      });
      expect(await okta.read(`/Users/${id}`)).toEqual(before);
      expect([Object.keys(Object.prototype), Reflect.get({}, 'x')]).toEqual([[], undefined]);
    },
  );
});
