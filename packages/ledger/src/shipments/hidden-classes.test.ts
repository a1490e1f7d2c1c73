import { setFlagsFromString } from 'node:v8';
import { runInThisContext } from 'node:vm';

import { expect, test } from '@jest/globals';
import { sampleShipment } from '@keycourier/journey/testing/samples';
import { z } from 'zod';

import { aRequest } from '../testing/sample-shipments.ts';
import { newShipment } from './new-shipment.ts';
import { columnsOf } from './shipment-row.ts';

setFlagsFromString('--allow-natives-syntax');
const haveSameClass = z
  .function({ input: [z.unknown(), z.unknown()], output: z.boolean() })
  .implement(runInThisContext('(one, other) => %HaveSameMap(one, other)'));

/** How often V8 gave an object another hidden class than the one before it: each leaves one for a collection of the whole heap. */
function changesOfClass(objects: readonly object[]): number {
  return objects.filter((object, index) => !haveSameClass(objects[Math.max(0, index - 1)], object)).length;
}

// V8 may move them to another class once or twice, as it optimizes what makes them.
test.each<[string, () => object]>([
  ['a new shipment', () => newShipment({ now: () => new Date() }, aRequest())],
  ['the columns of a shipment', () => columnsOf(sampleShipment())],
])('a hundred times, %s leaves hardly a hidden class behind', (_what, make) => {
  expect(changesOfClass(Array.from({ length: 100 }, make))).toBeLessThan(5);
});

test('a hidden class for each of them is seen', () => {
  const names = Array.from({ length: 100 }, (_, index) => `name${index}`);
  expect(changesOfClass(names.map((name) => ({ [name]: null })))).toBe(99);
});
