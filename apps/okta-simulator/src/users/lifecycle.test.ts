import { describe, expect, test } from '@jest/globals';

import { lifecycle, mayPass, type LifecycleVerb } from './lifecycle.ts';
import { userStatusSchema } from './user.ts';

const allowed: Record<LifecycleVerb, string> = {
  activate: 'STAGED DEPROVISIONED',
  reactivate: 'PROVISIONED RECOVERY',
  deactivate: 'STAGED PROVISIONED ACTIVE RECOVERY LOCKED_OUT PASSWORD_EXPIRED SUSPENDED',
  suspend: 'ACTIVE',
  unsuspend: 'SUSPENDED',
  unlock: 'LOCKED_OUT',
  expire_password: 'ACTIVE PASSWORD_EXPIRED',
  reset_password: 'PROVISIONED ACTIVE RECOVERY LOCKED_OUT PASSWORD_EXPIRED',
};

describe('the lifecycle', () => {
  test.each(Object.entries(lifecycle))('%s starts only from its statuses', (verb, transition) => {
    const starts = userStatusSchema.options.filter((status) => mayPass(transition, status));
    expect([verb, starts.join(' ')]).toEqual([verb, Object.entries(allowed).find(([name]) => name === verb)?.[1]]);
  });

  test.each([
    ['activate', 403, 'E0000016'],
    ['reactivate', 403, 'E0000038'],
    ['deactivate', 403, 'E0000038'],
    ['suspend', 400, 'E0000001'],
    ['unsuspend', 400, 'E0000001'],
    ['unlock', 403, 'E0000032'],
  ] as const)('%s from elsewhere is refused with %d %s', (verb, status, code) => {
    expect(lifecycle[verb].refusal()).toMatchObject({ status, code });
  });

  test('activation without a password leads to PROVISIONED', () => {
    expect(lifecycle.activate.to({ has_password: false })).toBe('PROVISIONED');
    expect(lifecycle.activate.to({ has_password: true })).toBe('ACTIVE');
  });
});
