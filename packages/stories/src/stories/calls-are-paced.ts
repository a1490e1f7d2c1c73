import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { callOk } from '@keycourier/local/clients/call';
import { waitUntil } from '@keycourier/local/clients/wait-until';
import { z } from 'zod';

import { createEmployee, isPinSent, product, shipmentWhen, type Employee } from '../world/people.ts';
import type { World } from '../world/world.ts';

const tenant = 'globex';
const limitPerMinute = 100;

/** More than a batch's share of several minutes. */
const rows = 200;

const accepted = z.looseObject({ id: z.string() });
const batch = z.looseObject({ statuses: z.record(z.string(), z.number()) });
const uses = z.array(z.looseObject({ bucket: z.string(), calls: z.number(), refused: z.number() }));

export function callsArePaced(world: () => World): void {
  const control = (method: string, body?: unknown): Promise<unknown> =>
    callOk(method, `${world().stack.simulators.oktaUrlOf(tenant)}/sim/rate-limit`, body === undefined ? {} : { body });
  const statusesOf = async (id: string): Promise<Record<string, number>> =>
    batch.parse(await world().api(tenant).sendOk('GET', `/v1/batches/${id}`)).statuses;

  describe('a dry run of more rows than Okta allows calls', () => {
    let newHire: Employee;
    let batchId: string;

    beforeAll(async () => {
      await control('PUT', { limitPerMinute: 60_000 });
      newHire = await createEmployee(world(), { tenant, staged: true });
      // An unknown login is read like any other, and each row must be of another person.
      const lines = Array.from({ length: rows }, (_, row) => [
        `unknown-${row}@globex.example`,
        ...Object.values(product),
      ]);
      const file = [['login', ...Object.keys(product)], ...lines];
      await control('PUT', { limitPerMinute });
      batchId = accepted.parse(
        (
          await world()
            .api(tenant)
            .upload('/v1/batches?dryRun=true', file.map((line) => line.join()).join('\n'))
        ).body,
      ).id;
      await waitUntil('some rows to be checked', async () => ((await statusesOf(batchId))['failed'] ?? 0) > 0);
    });
    afterAll(() => control('PUT', { limitPerMinute: 600 }));

    test('does not keep a new hire waiting: their key is active and their PIN mailed while rows wait', async () => {
      await world().org(tenant).initiate(newHire.id, product);
      await shipmentWhen(world(), newHire, isPinSent, { tenant });
      expect((await statusesOf(batchId))['requested']).toBeGreaterThan(0);
    });

    test('is never refused by Okta', async () => {
      const used = uses.parse(await control('GET'));
      expect(used.filter(({ refused }) => refused > 0)).toEqual([]);
      expect(used.some(({ bucket, calls }) => bucket === '/api/v1/users' && calls > 0)).toBe(true);
    });
  });
}
