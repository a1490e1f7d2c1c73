import { expect, test } from '@jest/globals';
import { z } from 'zod';

import { seedSchema } from './seed.ts';
import { bodyOf, profile, startOrg, withId } from './testing/running-org.ts';
import { askToken, makeKey, signAssertion } from './testing/service-app.ts';

const seed = {
  users: [
    {
      status: 'STAGED' as const,
      profile: z.record(z.string(), z.string()).parse(profile({ login: 'new@acme.example' })),
    },
    {
      status: 'ACTIVE' as const,
      profile: z.record(z.string(), z.string()).parse(profile({ login: 'old@acme.example' })),
    },
  ],
  groups: [{ name: 'YubiKey 5 NFC' }, { name: 'YubiKey 5C NFC', description: 'USB-C' }],
};

test('an empty org is seeded, and a restarted one is not seeded again', async () => {
  const org = await startOrg({ seed });
  try {
    expect((await org.call('GET', '/api/v1/users/new@acme.example')).body).toMatchObject({ status: 'STAGED' });
    const old = bodyOf(withId, await org.call('GET', '/api/v1/users/old@acme.example'));
    await org.call('DELETE', `/api/v1/users/${old.id}`);
    await org.restart();
    expect((await org.call('GET', `/api/v1/users/${old.id}`)).body).toMatchObject({ status: 'DEPROVISIONED' });
    const groups = await org.call('GET', '/api/v1/groups');
    expect(groups.body).toMatchObject([
      { type: 'BUILT_IN', profile: { name: 'Everyone' } },
      { profile: { name: 'YubiKey 5 NFC', description: null } },
      { profile: { name: 'YubiKey 5C NFC', description: 'USB-C' } },
    ]);
  } finally {
    await org.close();
  }
});

test('the apps of the seed are registered at every start', async () => {
  const key = await makeKey('ES256', 'key-1');
  const app = { clientId: '0oaSeeded', scopes: ['okta.users.read'], dpop: false };
  const jwks = { keys: [key.publicJwk] };
  const org = await startOrg({ seed: seedSchema.parse({ ...seed, apps: [{ ...app, jwks }] }) });
  const signIn = async () => askToken(org, { client_assertion: await signAssertion(org, { ...app, key }) });
  try {
    expect(await signIn()).toMatchObject({ status: 200 });
    const other = await makeKey('ES256', 'key-1');
    await org.call('POST', '/sim/apps', { ...app, jwks: { keys: [other.publicJwk] } });
    expect(await signIn()).toMatchObject({ status: 401 });
    await org.restart();
    expect(await signIn()).toMatchObject({ status: 200 });
  } finally {
    await org.close();
  }
});

test('the settings are kept after a restart', async () => {
  const org = await startOrg();
  try {
    await org.call('PUT', '/sim/rate-limit', { limitPerMinute: 7 });
    await org.restart();
    expect((await org.call('GET', '/api/v1/users')).headers.get('x-rate-limit-limit')).toBe('7');
  } finally {
    await org.close();
  }
});
