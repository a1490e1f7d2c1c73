import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { describe, test, expect } from '@jest/globals';
import { waitUntil } from '@keycourier/local/clients/wait-until';
import { redisProgram } from '@keycourier/queues/testing/redis-server';

import { queryLedger } from '../world/ledger.ts';
import { createEmployee, isPinSent, product, shipmentWhen, StoryError } from '../world/people.ts';
import type { World } from '../world/world.ts';

export function redisIsDown(world: () => World): void {
  if (redisProgram === null) {
    test.skip('an outage of Redis (skipped: a story must not stop the server of REDIS_URL)', () => undefined);
    return;
  }
  describe('an outage of Redis', () => {
    test('loses no event and no shipment: events are accepted, and all shipments continue afterwards', async () => {
      const outage = world().redis?.outage;
      if (outage === undefined || outage === null) throw new StoryError('this story needs its own Redis');
      const before = await createEmployee(world());
      await world().org().initiate(before.id, product);
      await shipmentWhen(world(), before, ({ order }) => order.state === 'placed');
      const logged = await outageLines(world());
      const newLines = async () => (await outageLines(world())).slice(logged.length);
      await outage.crash();
      const during = await createEmployee(world(), { staged: true });
      await world().org().initiate(during.id, product);
      await waitUntil('the acceptance of the event', async () => (await receivedEvents(world())) > 0);
      await waitUntil('the log entry about the outage', async () => (await newLines()).length > 0);
      expect(await receivedEvents(world())).toBeGreaterThan(0);
      await outage.start();
      const startedAt = Date.now();
      await shipmentWhen(world(), during, ({ order }) => order.state === 'placed');
      console.info(`orders continued ${((Date.now() - startedAt) / 1_000).toFixed(1)} s after Redis was back`);
      const lines = await waitUntil('the log entry about its end', async () => {
        const found = await newLines();
        return found.at(-1) === answersAgain ? found : null;
      });
      // One line when it begins and one when it ends. A slow check while Redis recovers is an outage of its own.
      expect(lines).toEqual(lines.map((_, index) => (index % 2 === 0 ? doesNotAnswer : answersAgain)));
      for (const employee of [before, during]) {
        await shipmentWhen(world(), employee, isPinSent);
        expect(await world().api().shipmentsOf(employee.id)).toHaveLength(1);
      }
    });
  });
}

/** The events that were accepted and not processed yet. */
async function receivedEvents(world: World): Promise<number> {
  return (await queryLedger(world, "select 1 from inbound_events where state = 'received'")).length;
}

const doesNotAnswer = 'a store does not answer';
const answersAgain = 'a store answers again';

/** What the worker has logged of outages, in its order. */
async function outageLines({ stack }: World): Promise<string[]> {
  const log = await readFile(join(stack.dataDir, 'logs', 'worker.log'), 'utf8');
  return log
    .split('\n')
    .flatMap((line) => [doesNotAnswer, answersAgain].filter((message) => line.includes(`"msg":"${message}"`)));
}
