import { afterAll, beforeAll, describe, test } from '@jest/globals';

import { finishedJobsRunAgainHarmlessly } from './stories/finished-jobs-run-again-harmlessly.ts';
import { forgedAnswersAreRefused } from './stories/forged-answers-are-refused.ts';
import { keysAreCancelled } from './stories/keys-are-cancelled.ts';
import { keysTravelTheWholeWay } from './stories/keys-travel-the-whole-way.ts';
import { nothingSecretIsLeftLyingAbout } from './stories/nothing-secret-is-left-lying-about.ts';
import { peopleAreAsked } from './stories/people-are-asked.ts';
import { pinsFollowThePolicy } from './stories/pins-follow-the-policy.ts';
import { profilesHaveSources, sourcedTenants } from './stories/profiles-have-sources.ts';
import { redisGoesAway } from './stories/redis-goes-away.ts';
import { requestsComeByTheThousand } from './stories/requests-come-by-the-thousand.ts';
import { someEventsAreIgnored } from './stories/some-events-are-ignored.ts';
import { tenantsTakeTurns } from './stories/tenants-take-turns.ts';
import { workersDie } from './stories/workers-die.ts';
import { createConnectors, type Clients } from './world/clients.ts';
import { canRun, createWorld, type Backend, type World } from './world/world.ts';

/** Every story on one backend, in one stack that logs at level trace. A backend that is not here is said to be skipped. */
export function tellStories(backend: Backend): void {
  if (!canRun(backend)) {
    console.warn(
      `SKIPPED: the stories on ${backend}: neither redis-server nor valkey-server is on PATH, and REDIS_URL is not set`,
    );
    test.skip(`stories on ${backend}`, () => undefined);
    return;
  }
  describe(`on ${backend}`, () => {
    let world: World | undefined;
    let outside: Clients | undefined;
    const here = (): World => {
      if (world === undefined) throw new ReferenceError('the world is told of before it began');
      return world;
    };
    const there = (): Clients => {
      if (outside === undefined) throw new ReferenceError('the outside is told of before it began');
      return outside;
    };
    beforeAll(async () => {
      outside = await createConnectors();
      world = await createWorld({ backend, logLevel: 'trace', tenants: tenantsOf(outside) });
    });
    afterAll(async () => {
      await world?.end();
      await outside?.end();
    });

    keysTravelTheWholeWay(here);
    someEventsAreIgnored(here);
    keysAreCancelled(here);
    profilesHaveSources(here, there);
    requestsComeByTheThousand(here);
    peopleAreAsked(here);
    pinsFollowThePolicy(here);
    forgedAnswersAreRefused(here);
    tenantsTakeTurns(here);
    finishedJobsRunAgainHarmlessly(here);
    workersDie(here);
    if (backend === 'redis') redisGoesAway(here);
    nothingSecretIsLeftLyingAbout(here);
  });
}

const tenantsOf = ({ hris, silentPort, clientId, hrisTokenFile, privateKeyFile }: Clients) => [
  { name: 'acme', ownOrg: true },
  { name: 'globex', ownOrg: true },
  { name: 'on-delivery', pin: { release: 'on_delivery' as const } },
  { name: 'on-receipt', pin: { release: 'on_receipt' as const } },
  { name: 'both-addresses', pin: { recipient: 'both' as const } },
  { name: 'okta-mails', pin: { channel: 'okta' as const } },
  { name: 'by-the-thousand' },
  { name: sourcedTenants.hris, hris: { url: hris.urlTemplate, tokenFile: hrisTokenFile } },
  { name: sourcedTenants.serviceApp, serviceApp: { clientId, privateKeyFile } },
  { name: 'hanging', fulfillmentUrl: `http://127.0.0.1:${silentPort}` },
];
