import { afterAll, beforeAll, describe, test } from '@jest/globals';

import { deactivationsMeetRunningWork } from './stories/deactivations-meet-running-work.ts';
import { groupsArePushed } from './stories/groups-are-pushed.ts';
import { newPeopleAreWelcomed } from './stories/new-people-are-welcomed.ts';
import { peopleAreProvisioned } from './stories/people-are-provisioned.ts';
import { placeholderPasswordsAreDiscarded } from './stories/placeholder-passwords-are-discarded.ts';
import { provisioningFails } from './stories/provisioning-fails.ts';
import { registrationsComeBack } from './stories/registrations-come-back.ts';
import { requestsAreLimited } from './stories/requests-are-limited.ts';
import { theDirectorySendsKeys } from './stories/the-directory-sends-keys.ts';
import { createScimWorld, type ScimWorld } from './world/scim-world.ts';
import { canRun, type Backend } from './world/world.ts';

/** Runs the stories of SCIM on one queue store, in a stack of their own: how the org provisions is a setting of all of it. */
export function runScimStories(backend: Backend): void {
  if (!canRun(backend)) {
    console.warn(
      `SKIPPED: SCIM on ${backend}: neither redis-server nor valkey-server is on PATH, and REDIS_URL is not set`,
    );
    test.skip(`SCIM on ${backend}`, () => undefined);
    return;
  }
  describe(`on ${backend}`, () => {
    let scimWorld: ScimWorld | undefined;
    const current = (): ScimWorld => {
      if (scimWorld === undefined) throw new ReferenceError('the world is used before it is created');
      return scimWorld;
    };
    beforeAll(async () => {
      scimWorld = await createScimWorld(backend);
    });
    afterAll(() => scimWorld?.stop());

    theDirectorySendsKeys(current);
    deactivationsMeetRunningWork(current);
    newPeopleAreWelcomed(current);
    // No queue has a part in these.
    if (backend === 'postgres') {
      registrationsComeBack(current);
      peopleAreProvisioned(current);
      groupsArePushed(current);
      provisioningFails(current);
      requestsAreLimited(current);
    }
    placeholderPasswordsAreDiscarded(current);
  });
}
