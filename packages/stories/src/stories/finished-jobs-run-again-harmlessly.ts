import { afterAll, describe, expect, test } from '@jest/globals';
import { stepNames } from '@keycourier/journey/model/plan';
import { callOk } from '@keycourier/local/clients/call';
import { waitUntil } from '@keycourier/local/clients/wait-until';

import { hire, mailsFor, product, shipmentWhen } from '../world/people.ts';
import { openQueues, type Queues } from '../world/queues.ts';
import type { World } from '../world/world.ts';

export function finishedJobsRunAgainHarmlessly(world: () => World): void {
  describe('running the jobs of a finished shipment again, in any order, makes no outside call', () => {
    let queues: Queues | undefined;
    afterAll(() => queues?.close());

    test('every door, three times, shuffled', async () => {
      const employee = await hire(world());
      const { id } = await world()
        .api()
        .request({ login: employee.login, ...product });
      const { order } = await shipmentWhen(world(), employee, ({ status }) => status === 'completed');
      queues = await openQueues(world());
      const before = (await mailsFor(world(), employee.login)).length;
      // Whoever calls now is hung up on, and counted. Other stories' held shipments go on polling orders of their own.
      const trap = (method: string | undefined, path: string) => ({
        match: { ...(method === undefined ? {} : { method }), path },
        respond: { drop: true },
      });
      const oktaFaults = `${world().stack.local.oktaSimulator}/sim/faults`;
      await Promise.all([
        world().provider.setFaults([
          trap(undefined, `/v1/fpr/shipments/${order.providerId ?? ''}`),
          trap('POST', '/v1/fpr/shipments'),
        ]),
        callOk('PUT', oktaFaults, { body: [trap(undefined, '/')] }),
      ]);
      try {
        const again = [...stepNames, ...stepNames.toReversed(), ...[...stepNames].sort()];
        const jobs = await Promise.all(again.map(async (step, index) => queues?.run(step, id, `again-${index}`)));
        for (const job of jobs) await waitUntil('the job to end', async () => (await job?.state()) === 'completed');
        expect(await Promise.all(jobs.map(async (job) => job?.result()))).toEqual(
          again.map(() => ({ outcome: 'done', why: 'not next' })),
        );
        expect((await world().provider.faults()).map(({ hits }) => hits)).toEqual([0, 0]);
        expect(await callOk('GET', oktaFaults)).toMatchObject([{ hits: 0 }]);
      } finally {
        await Promise.all([world().provider.setFaults([]), callOk('PUT', oktaFaults, { body: [] })]);
      }
      expect(await mailsFor(world(), employee.login)).toHaveLength(before);
    });
  });
}
