import { writeFile } from 'node:fs/promises';

import { beforeAll, describe, expect, test } from '@jest/globals';
import { makeAppKey, registerApp } from '@keycourier/connectors/testing/service-app';
import { z } from 'zod';

import { checksThatAre } from '../testing/doctor-checks.ts';
import { doctorForEachTest } from '../testing/doctor-under-test.ts';
import type { Ran } from '../testing/run.ts';

const under = doctorForEachTest({ hasHook: true });
const { doctor, changeTenant } = under;

describe('the doctor of groups', () => {
  let groupId: string;
  beforeAll(async () => {
    const { body } = await under.world.org.call('POST', '/api/v1/groups', { profile: { name: 'Security Keys' } });
    groupId = z.looseObject({ id: z.string() }).parse(body).id;
  });

  const withGroups = async (...groups: object[]): Promise<Ran> => {
    await changeTenant(() =>
      Object.assign(under.setup.tenant, { groups: groups.map((one) => ({ ...one, productId: 29 })) }),
    );
    return doctor();
  };

  test('is green for a group of the org', async () => {
    expect(checksThatAre('green', await withGroups({ name: 'Security Keys' }))).toMatchObject({
      'okta.groups': '1 are in the org, each once',
    });
  });

  test('finds one group that is written twice, by its id and by its name', async () => {
    expect(checksThatAre('red', await withGroups({ id: groupId }, { name: 'Security Keys' }))).toEqual({
      'okta.groups': expect.stringMatching(/^groups\[1\] is the same group as groups\[0\]/),
    });
  });

  test('finds a name that the org writes otherwise, and an id that it does not have', async () => {
    expect(checksThatAre('yellow', await withGroups({ name: 'security keys' }))).toEqual({
      'okta.groups': 'groups[0]: the org has no group "security keys"; it has "Security Keys"',
    });
    expect(checksThatAre('yellow', await withGroups({ id: '00gnone' }))).toEqual({
      'okta.groups': 'groups[0]: the org has no group "00gnone"',
    });
  });
});

describe('the doctor of a service app', () => {
  async function useApp(scopes: readonly string[]): Promise<void> {
    const key = await makeAppKey('ES256', 'k1');
    const clientId = await registerApp(under.world.org, { keys: [key], scopes });
    await writeFile(under.setup.at('keys/app-key'), key.jwk, { mode: 0o600 });
    await changeTenant(() => {
      under.setup.tenant.okta.auth = { clientId, privateKey: { file: under.setup.at('keys/app-key') } };
    });
  }

  const needed = ['okta.users.manage', 'okta.users.read', 'okta.groups.read'];

  test('is green with the worker’s scopes and permission to read hooks and the log', async () => {
    await useApp([...needed, 'okta.eventHooks.read', 'okta.logs.read']);
    const ran = await doctor();
    expect(checksThatAre('red', ran)).toEqual({});
    expect(checksThatAre('yellow', ran)).toEqual({});
  });

  test('that may not read hooks or the log is yellow', async () => {
    await useApp(needed);
    const ran = await doctor();
    expect(checksThatAre('red', ran)).toEqual({});
    expect(checksThatAre('yellow', ran)).toEqual({
      'okta.hook': expect.stringMatching(/may not read event hooks/),
      'okta.log': expect.stringMatching(/may not read the System Log \(okta\.logs\.read\)/),
    });
  });

  test.each(needed)('is red with the missing scope %s', async (scope) => {
    await useApp([...needed.filter((one) => one !== scope), 'okta.eventHooks.read']);
    expect(checksThatAre('red', await doctor())).toEqual({ 'okta.permissions': expect.stringContaining(scope) });
  });

  test('whose key is not registered is red', async () => {
    await useApp(needed);
    await writeFile(under.setup.at('keys/app-key'), (await makeAppKey('ES256', 'k1')).jwk);
    expect(checksThatAre('red', await doctor())).toEqual({
      'okta.credentials': expect.stringMatching(/invalid_client/),
    });
  });

  test('takes its key from a variable, with line breaks of two characters and in quotes', async () => {
    const key = await makeAppKey('ES256', 'k1');
    const clientId = await registerApp(under.world.org, { keys: [key], scopes: [...needed, 'okta.eventHooks.read'] });
    await changeTenant(() => {
      under.setup.tenant.okta.auth = { clientId, privateKey: { env: 'APP_KEY' }, keyId: 'k1' };
    });
    const ran = await doctor({ APP_KEY: `"${key.pem.replaceAll('\n', '\\n')}"` });
    expect(checksThatAre('red', ran)).toEqual({});
    const broken = await doctor({ APP_KEY: '-----BEGIN PRIVATE KEY-----' });
    expect(checksThatAre('red', broken)).toEqual({
      secrets: expect.stringMatching(/APP_KEY.*line breaks are missing/),
    });
  });
});
