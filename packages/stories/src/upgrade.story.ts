import { afterAll, beforeAll } from '@jest/globals';
import { placeCluster } from '@keycourier/ledger/testing/cluster-template';
import { makeThrowawayDir } from '@keycourier/ledger/testing/throwaway-dir';

import { upgradesFinishAllShipments } from './stories/upgrades-finish-all-shipments.ts';
import { readCapturedData, type CapturedData } from './world/captured-data.ts';
import { restoreCapturedData } from './world/restore-captured-data.ts';
import { createWorld, type World } from './world/world.ts';

let world: World | undefined;
let data: CapturedData | undefined;
const currentWorld = (): World => {
  if (world === undefined) throw new ReferenceError('the world is used before it is created');
  return world;
};
const captured = (): CapturedData => {
  if (data === undefined) throw new ReferenceError('the captured data is used before it is read');
  return data;
};

// The jobs were not captured: the sweep publishes them again, as after the loss of a queue store. It is to find those, and not
// such as only wait for a busy machine.
const worker = { SWEEP_GRACE_MS: '2000' };

beforeAll(async () => {
  data = await readCapturedData();
  const dataDir = await makeThrowawayDir();
  await placeCluster(dataDir);
  await restoreCapturedData(dataDir, data);
  world = await createWorld({ backend: 'postgres', tenants: data.tenants, dataDir, worker });
});
afterAll(async () => {
  await world?.stop();
});

upgradesFinishAllShipments(currentWorld, captured);
