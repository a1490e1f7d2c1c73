import { afterAll, beforeAll } from '@jest/globals';

import { keysAreInTheHub } from './stories/keys-are-in-the-hub.ts';
import { oktaJudgesBothOrgs, peopleAreInTheHub } from './stories/people-are-in-the-hub.ts';
import { createHubWorld, type HubWorld } from './world/hub-world.ts';

// In a stack of its own: who signs in where is a setting of all of it. No queue has a part in where a key is made.
let hubWorld: HubWorld | undefined;
const current = (): HubWorld => {
  if (hubWorld === undefined) throw new ReferenceError('the world is used before it is created');
  return hubWorld;
};
beforeAll(async () => {
  hubWorld = await createHubWorld('postgres');
});
afterAll(() => hubWorld?.stop());

keysAreInTheHub(current);
peopleAreInTheHub(current);
oktaJudgesBothOrgs(current);
