import { expect, test } from '@jest/globals';
import { acceptDeliveries, arrivedDelivery } from '@keycourier/ledger/deliveries/accept-deliveries';
import { createTenantShares } from '@keycourier/runtime/tenant-shares';
import { until } from '@keycourier/runtime/testing/until';

import { shareOfGroup } from '../create-context.ts';
import { envelope, groupAdd } from '../testing/deliveries.ts';
import { globexSecret, runReceiver } from '../testing/running-receiver.ts';
import { deliveryShares, groupLimits } from './limits.ts';

const nothing = { kept: 0, recorded: 0, setAside: 0, reasons: [] };

test('a tenant that floods waits for its own share, is answered 503, and delays no other', async () => {
  let release = (): void => undefined;
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  const begun: string[] = [];
  const shares = createTenantShares({ maxConcurrent: 2, maxWaiting: 3, maxWaitMs: 60_000 });
  const receiver = await runReceiver({
    shares,
    accept: async (tenant, delivery) => {
      begun.push(tenant);
      if (tenant === 'acme') await held;
      const [accepted = nothing] = await acceptDeliveries(receiver.ledger, tenant, [delivery]);
      return accepted;
    },
  });
  const flood = Array.from({ length: 20 }, (_, index) => receiver.deliver(envelope([groupAdd(`u-${index}`)])));
  // Two run and three wait: the others are answered while those still do.
  const refused = new Set<number>();
  await new Promise<void>((resolve) => {
    for (const [index, answer] of flood.entries())
      void answer.then(({ status }) => {
        if (status === 503) refused.add(index);
        if (refused.size === 15) resolve();
      });
  });
  await until(
    () => begun,
    ({ length }) => length > 1,
  );
  expect(begun).toEqual(['acme', 'acme']);
  const other = { tenant: 'globex', secret: globexSecret };
  expect((await receiver.deliver(envelope([groupAdd('u-0')]), other)).status).toBe(204);
  release();
  const answers = await Promise.all(flood);
  expect(answers.filter(({ status }) => status === 204)).toHaveLength(5);
  expect(answers.filter(({ headers }) => headers.get('retry-after') === '1')).toHaveLength(15);
  expect(receiver.logged.join('')).not.toMatch(/does not answer|statement or a connection/);
  await receiver.stop();
});

test('a delivery takes of its tenant’s share by its size: two large ones are all of it', async () => {
  const weights: (number | undefined)[] = [];
  const receiver = await runReceiver({
    shares: {
      run: async (_, work, weight) => {
        weights.push(weight);
        return work();
      },
      drain: async () => undefined,
    },
  });
  const eventsOf = (count: number) => Array.from({ length: count }, (_, index) => groupAdd(`u-${count}-${index}`));
  for (const count of [1, 60, 500]) expect((await receiver.deliver(envelope(eventsOf(count)))).status).toBe(204);
  expect(weights[0]).toBe(1);
  expect(weights[1]).toBeGreaterThan(1);
  expect(weights[2]).toBe(deliveryShares.maxConcurrent / 8);
  const large = envelope([{ ...groupAdd('u-large'), padding: 'x'.repeat(deliveryShares.largeBytes) }]);
  expect((await receiver.deliver(large)).status).toBe(204);
  expect(weights[3]).toBe(deliveryShares.maxConcurrent / 2);
  await receiver.stop();
});

test('a statement commits fewer events while others have deliveries', () => {
  const delivery = arrivedDelivery({ envelopeEventId: null, events: Array.from({ length: 50 }, () => ({})) }, '');
  expect(shareOfGroup(delivery, false)).toBe(50 / groupLimits.events);
  expect(shareOfGroup(delivery, true)).toBe(0.5);
});
