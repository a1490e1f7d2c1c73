import { afterAll, beforeAll, expect, test } from '@jest/globals';

import type { Ledger } from './connect-ledger.ts';
import { grantSlots } from './shipments/grant-slots.ts';
import { endPauses, pauseTenant } from './tenants.ts';
import { closeTestLedgers, connectTestLedger } from './testing/connect-test-ledger.ts';

let ledger: Ledger;
beforeAll(async () => {
  ({ ledger } = await connectTestLedger());
});
afterAll(closeTestLedgers);

const pauses = () =>
  ledger.db.selectFrom('tenants').selectAll().where('paused_until', 'is not', null).orderBy('name').execute();

test('a pause is stored with its reason, the longer one of two, until all are ended', async () => {
  const [first, second] = [new Date('2030-01-01T00:00:00Z'), new Date('2030-01-02T00:00:00Z')];
  await pauseTenant(ledger, 'acme', { until: first, reason: 'okta answers 401' });
  await pauseTenant(ledger, 'globex', { until: first, reason: 'okta answers 401' });
  await pauseTenant(ledger, 'acme', { until: second, reason: 'fulfillment answers 403' });
  expect(await pauses()).toEqual([
    { name: 'acme', paused_until: second, pause_reason: 'fulfillment answers 403' },
    { name: 'globex', paused_until: first, pause_reason: 'okta answers 401' },
  ]);
  await endPauses(ledger);
  expect(await pauses()).toEqual([]);
});

test('a shorter pause does not shorten the current one', async () => {
  const [near, far] = [new Date('2030-01-01T00:00:00Z'), new Date('2030-01-02T00:00:00Z')];
  await pauseTenant(ledger, 'late', { until: far, reason: 'okta answers 401' });
  await pauseTenant(ledger, 'late', { until: near, reason: 'okta answers 403' });
  expect(await pauses()).toMatchObject([{ paused_until: far, pause_reason: 'okta answers 401' }]);
  await endPauses(ledger);
});

test('pauses, the end of pauses and grants of slots at once never deadlock', async () => {
  const names = Array.from({ length: 10 }, (_, index) => `tenant-${index}`);
  const fill = (name: string) => ledger.db.transaction().execute((tx) => grantSlots(ledger, tx, name));
  const until = new Date('2030-01-01T00:00:00Z');
  const all = [...names, ...names.toReversed()].flatMap((name) => [
    pauseTenant(ledger, name, { until, reason: 'x' }),
    fill(name),
    endPauses(ledger),
  ]);
  await Promise.all(all);
  expect((await ledger.db.selectFrom('tenants').select('name').where('name', 'in', names).execute()).length).toBe(10);
});
