import { afterAll, describe, expect, test } from '@jest/globals';
import { stepNames } from '@keycourier/journey/model/plan';
import { callOk } from '@keycourier/local/clients/call';
import { waitUntil } from '@keycourier/local/clients/wait-until';

import { queryLedger } from '../world/ledger.ts';
import { createEmployee, mailsFor, product, shipmentWhen } from '../world/people.ts';
import { connectQueues, type Queues } from '../world/queues.ts';
import type { World } from '../world/world.ts';

export function finishedJobsCanRunAgain(world: () => World): void {
  describe('running the jobs of a completed shipment again, in any order, calls neither Okta nor the provider', () => {
    let queues: Queues | undefined;
    afterAll(() => queues?.close());

    test('every step three times, in different orders', async () => {
      const employee = await createEmployee(world());
      const { id } = await world()
        .api()
        .request({ login: employee.login, ...product });
      const { order } = await shipmentWhen(world(), employee, ({ status }) => status === 'completed');
      queues = await connectQueues(world());
      // What earlier stories began would call the org meanwhile.
      await waitUntil('the end of what others wait for', async () => {
        const left = await queryLedger(
          world(),
          `select 1 from outbox where step <> 'track-parcel'
           union all select 1 from inbound_events where state = 'received'`,
        );
        return left.length === 0;
      });
      const before = (await mailsFor(world(), employee.login)).length;
      // These faults drop and count all calls. Held shipments of other stories continue to poll their own orders.
      const dropCalls = (method: string | undefined, path: string) => ({
        match: { ...(method === undefined ? {} : { method }), path },
        respond: { drop: true },
      });
      // Catch-up polls the org all the while.
      const polls = ['/api/v1/logs', '/api/v1/eventHooks'].map((path) => ({ match: { path }, respond: {} }));
      const oktaFaults = `${world().stack.local.oktaSimulator}/sim/faults`;
      await Promise.all([
        world().provider.setFaults([
          dropCalls(undefined, `/v1/fpr/shipments/${order.providerId ?? ''}`),
          dropCalls('POST', '/v1/fpr/shipments'),
        ]),
        callOk('PUT', oktaFaults, { body: [...polls, dropCalls(undefined, '/')] }),
      ]);
      try {
        const again = [...stepNames, ...stepNames.toReversed(), ...[...stepNames].sort()];
        const jobs = await Promise.all(again.map(async (step, index) => queues?.run(step, id, `again-${index}`)));
        for (const job of jobs) await waitUntil('the job to end', async () => (await job?.state()) === 'completed');
        expect(await Promise.all(jobs.map(async (job) => job?.result()))).toEqual(
          again.map(() => ({ outcome: 'done', why: 'not next' })),
        );
        expect((await world().provider.faults()).map(({ hits }) => hits)).toEqual([0, 0]);
        expect(await callOk('GET', oktaFaults)).toMatchObject([...polls, { hits: 0 }]);
      } finally {
        await Promise.all([world().provider.setFaults([]), callOk('PUT', oktaFaults, { body: [] })]);
      }
      expect(await mailsFor(world(), employee.login)).toHaveLength(before);
    });
  });
}
