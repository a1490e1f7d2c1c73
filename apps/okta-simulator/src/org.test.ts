import { expect, test } from '@jest/globals';
import { z } from 'zod';

import { bodyOf, profile, startOrg, withId } from './testing/running-org.ts';

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

test('an empty org is planted with its seed, and a restarted one is not planted again', async () => {
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

test('the knobs outlive a restart', async () => {
  const org = await startOrg();
  try {
    await org.call('PUT', '/sim/rate-limit', { limitPerMinute: 7 });
    await org.restart();
    expect((await org.call('GET', '/api/v1/users')).headers.get('x-rate-limit-limit')).toBe('7');
  } finally {
    await org.close();
  }
});
