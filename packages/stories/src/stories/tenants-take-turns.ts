import { describe, expect, test } from '@jest/globals';
import { waitUntil } from '@keycourier/local/clients/wait-until';

import { hire, isPinSent, product, shipmentWhen, type Employee } from '../world/people.ts';
import type { OrderRequestSeen } from '../world/provider.ts';
import type { World } from '../world/world.ts';

const perTenant = 10;

export function tenantsTakeTurns(world: () => World): void {
  const askForAll = async (tenant: string, employees: readonly Employee[]): Promise<void> => {
    await world()
      .api(tenant)
      .sendOk('POST', '/v1/batches', { rows: employees.map(({ login }) => ({ login, ...product })) });
  };
  const staffOf = (tenant: string, count: number): Promise<Employee[]> =>
    Promise.all(Array.from({ length: count }, () => hire(world(), { tenant })));

  describe('the counter is fair', () => {
    test("of 20 requests of two tenants, each tenant's are ordered in their order, one at a time, and the tenants interleave", async () => {
      const [acme, globex] = await Promise.all([staffOf('acme', perTenant), staffOf('globex', perTenant)]);
      await world().provider.clearAccount();
      // A provider that takes its time makes overlaps visible.
      await world().provider.setFaults([
        { match: { method: 'POST', path: '/v1/fpr/shipments' }, respond: { delayMs: 150 } },
      ]);
      await Promise.all([askForAll('acme', acme), askForAll('globex', globex)]);
      const account = await waitUntil(
        'all orders',
        async () => {
          const seen = await world().provider.account();
          return seen.filter(({ endedAt }) => endedAt !== null).length >= 2 * perTenant ? seen : null;
        },
        { timeoutMs: 90_000 },
      );
      await world().provider.setFaults([]);
      expect(account.map(({ outcome }) => outcome)).toEqual(account.map(() => 'created'));
      for (const [tenant, staff] of [
        ['acme', acme],
        ['globex', globex],
      ] as const) {
        const own = account.filter(({ organization }) => organization === tenant);
        expect(own).toHaveLength(perTenant);
        expect(overlaps(own)).toEqual([]);
        expect(own.map(({ reference }) => reference?.replace(/-\d+$/, ''))).toEqual(await idsOf(tenant, staff));
      }
      // Neither waited for the other to be through.
      const firstHalf = account.slice(0, perTenant).map(({ organization }) => organization);
      expect(firstHalf).toContain('acme');
      expect(firstHalf).toContain('globex');
    }, 180_000);

    test('a tenant whose provider hangs delays nobody else', async () => {
      const tenant = 'hanging';
      const [stuck, quick] = await Promise.all([staffOf(tenant, 6), hire(world(), { tenant: 'globex' })]);
      await askForAll(tenant, stuck);
      const [head] = stuck;
      if (head === undefined) return;
      await shipmentWhen(world(), head, ({ status }) => status === 'requested', { tenant });
      const startedAt = Date.now();
      await world()
        .api('globex')
        .request({ login: quick.login, ...product });
      await shipmentWhen(world(), quick, isPinSent, { tenant: 'globex', timeoutMs: 20_000 });
      console.info(
        `a key of another tenant took ${((Date.now() - startedAt) / 1_000).toFixed(1)} s beside a hanging provider`,
      );
      const [still] = await world().api(tenant).shipmentsOf(head.id);
      expect(still).toMatchObject({ status: 'requested', hold: null });
    });
  });

  const idsOf = async (tenant: string, staff: readonly Employee[]): Promise<string[]> =>
    Promise.all(
      staff.map(async ({ id, login }) => {
        const [shipment] = [
          ...(await world().api(tenant).shipmentsOf(id)),
          ...(await world().api(tenant).shipmentsOf(login)),
        ];
        return shipment?.id ?? '';
      }),
    );
}

/** Pairs of requests of which the second began before the first had ended. */
function overlaps(account: readonly OrderRequestSeen[]): (string | null)[] {
  return account.slice(1).flatMap(({ startedAt, reference }, index) => {
    const endedAt = account[index]?.endedAt ?? null;
    return endedAt === null || Date.parse(startedAt) < Date.parse(endedAt) ? [reference] : [];
  });
}
