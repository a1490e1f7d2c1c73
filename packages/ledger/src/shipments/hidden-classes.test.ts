import { once } from 'node:events';
import { Worker } from 'node:worker_threads';

import { expect, test } from '@jest/globals';
import { z } from 'zod';

const counts = z.object({ newShipments: z.int(), columns: z.int(), names: z.int() });

// In a thread, which has hidden classes of its own: where some 1,500 objects with one computed name have been made, as by the tests of other
// files, V8 makes a class for each object that begins as they do.
test('a hundred shipments, and their columns, hardly leave a hidden class behind, as objects with different names do', async () => {
  const thread = new Worker(new URL('../testing/count-hidden-classes.js', import.meta.url));
  // Listened for from the start: after a stall of this thread the message and the exit come in one turn, before an `await` goes on.
  const ended = once(thread, 'exit');
  const [found]: unknown[] = await once(thread, 'message');
  const { newShipments, columns, names } = counts.parse(found);
  // V8 may move them to another class once or twice, as it optimizes what makes them.
  expect(newShipments).toBeLessThan(5);
  expect(columns).toBeLessThan(5);
  expect(names).toBe(99);
  await ended;
});
