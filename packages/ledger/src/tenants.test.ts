import { afterAll, beforeAll, expect, test } from '@jest/globals';

import type { Ledger } from './connect-ledger.ts';
import { endOutage } from './outages/recover.ts';
import { grantSlots } from './shipments/grant-slots.ts';
import { pauseTenant, readPauses } from './tenants.ts';
import { closeTestLedgers, connectTestLedger } from './testing/connect-test-ledger.ts';

let ledger: Ledger;
beforeAll(async () => {
  ({ ledger } = await connectTestLedger());
});
afterAll(closeTestLedgers);

const pauses = () =>
  ledger.db
    .selectFrom('tenants')
    .select(['name', 'paused_until', 'pause_reason', 'pause_service'])
    .where('paused_until', 'is not', null)
    .orderBy('name')
    .execute();

const refusedBy = (service: string, until: Date) => ({
  until,
  reason: `${service} answers 401`,
  service,
  credential: `hash of ${service}`,
});

test('a pause is stored with its reason, the longer one of two, until its service accepts a call', async () => {
  const [first, second] = [new Date('2030-01-01T00:00:00Z'), new Date('2030-01-02T00:00:00Z')];
  await pauseTenant(ledger, 'acme', refusedBy('okta', first));
  await pauseTenant(ledger, 'globex', refusedBy('okta', first));
  await pauseTenant(ledger, 'acme', refusedBy('fulfillment', second));
  const [acme, globex] = [
    { name: 'acme', paused_until: second, pause_reason: 'fulfillment answers 401', pause_service: 'fulfillment' },
    { name: 'globex', paused_until: first, pause_reason: 'okta answers 401', pause_service: 'okta' },
  ];
  expect(await pauses()).toEqual([acme, globex]);
  await endOutage(ledger, { tenant: 'acme', service: 'okta' });
  await endOutage(ledger, { tenant: 'initech', service: 'okta' });
  expect(await pauses()).toEqual([acme, globex]);
  await endOutage(ledger, { tenant: 'acme', service: 'fulfillment' });
  expect(await pauses()).toEqual([globex]);
  await endOutage(ledger, { tenant: 'globex', service: 'okta' });
  expect(await pauses()).toEqual([]);
});

test('a shorter pause does not shorten the current one', async () => {
  const [near, far] = [new Date('2030-01-01T00:00:00Z'), new Date('2030-01-02T00:00:00Z')];
  await pauseTenant(ledger, 'late', refusedBy('okta', far));
  await pauseTenant(ledger, 'late', refusedBy('mail', near));
  expect(await pauses()).toMatchObject([{ paused_until: far, pause_reason: 'okta answers 401' }]);
  await endOutage(ledger, { tenant: 'late', service: 'okta' });
});

test('pauses are read with the credentials that were refused, until they run out', async () => {
  await pauseTenant(ledger, 'over', refusedBy('okta', new Date(Date.now() - 1_000)));
  await pauseTenant(ledger, 'current', refusedBy('mail', new Date(Date.now() + 60_000)));
  expect(await readPauses(ledger)).toEqual([{ tenant: 'current', service: 'mail', credential: 'hash of mail' }]);
  await endOutage(ledger, { tenant: 'current', service: 'mail' });
});

test('pauses, the end of pauses and grants of slots at once never deadlock', async () => {
  const names = Array.from({ length: 10 }, (_, index) => `tenant-${index}`);
  const fill = (name: string) => ledger.db.transaction().execute((tx) => grantSlots(ledger, tx, name));
  const until = new Date('2030-01-01T00:00:00Z');
  const all = [...names, ...names.toReversed()].flatMap((name) => [
    pauseTenant(ledger, name, refusedBy('okta', until)),
    fill(name),
    endOutage(ledger, { tenant: name, service: 'okta' }),
  ]);
  await Promise.all(all);
  expect((await ledger.db.selectFrom('tenants').select('name').where('name', 'in', names).execute()).length).toBe(10);
});
