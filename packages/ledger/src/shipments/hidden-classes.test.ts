import { setFlagsFromString } from 'node:v8';
import { runInThisContext } from 'node:vm';

import { expect, test } from '@jest/globals';
import { sampleShipment } from '@keycourier/journey/testing/samples';
import { z } from 'zod';

import { aRequest } from '../testing/sample-shipments.ts';
import { newShipment } from './new-shipment.ts';
import { columnsOf } from './shipment-row.ts';

/** Whether V8 has the same hidden class for two objects: else each of them left one for a collection of the whole heap. */
function haveSameClass(one: object, other: object): boolean {
  setFlagsFromString('--allow-natives-syntax');
  const compare = z.function({ input: [z.unknown(), z.unknown()], output: z.boolean() });
  return compare.implement(runInThisContext('(one, other) => %HaveSameMap(one, other)'))(one, other);
}

test.each<[string, () => object]>([
  ['a new shipment', () => newShipment({ now: () => new Date() }, aRequest())],
  ['the columns of a shipment', () => columnsOf(sampleShipment())],
])('%s has the hidden class of the one before it', (_what, make) => {
  const first: object = make();
  for (let made = 0; made < 20; made += 1) make();
  expect(haveSameClass(first, make())).toBe(true);
});
