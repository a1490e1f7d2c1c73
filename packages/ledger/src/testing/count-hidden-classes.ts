import { setFlagsFromString } from 'node:v8';
import { runInThisContext } from 'node:vm';
import { parentPort } from 'node:worker_threads';

import { sampleShipment } from '@keycourier/journey/testing/samples';
import { z } from 'zod';

import { newShipment } from '../shipments/new-shipment.ts';
import { columnsOf } from '../shipments/shipment-row.ts';
import { aRequest } from './sample-shipments.ts';

setFlagsFromString('--allow-natives-syntax');
const haveSameClass = z
  .function({ input: [z.unknown(), z.unknown()], output: z.boolean() })
  .implement(runInThisContext('(one, other) => %HaveSameMap(one, other)'));

/** How often, in a hundred objects, V8 gave one another hidden class than the one before it. */
function changesOfClass(make: (index: number) => object): number {
  const objects = Array.from({ length: 100 }, (_, index) => make(index));
  return objects.filter((object, index) => !haveSameClass(objects[Math.max(0, index - 1)], object)).length;
}

// For hidden-classes.test.ts, whose thread this is.
parentPort?.postMessage({
  newShipments: changesOfClass(() => newShipment({ now: () => new Date() }, aRequest())),
  columns: changesOfClass(() => columnsOf(sampleShipment())),
  names: changesOfClass((index) => ({ [`name${index}`]: null })),
});
