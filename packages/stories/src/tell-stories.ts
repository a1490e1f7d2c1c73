import { createServer, type AddressInfo, type Server } from 'node:net';

import { afterAll, beforeAll, describe, test } from '@jest/globals';

import { finishedJobsRunAgainHarmlessly } from './stories/finished-jobs-run-again-harmlessly.ts';
import { forgedAnswersAreRefused } from './stories/forged-answers-are-refused.ts';
import { keysTravelTheWholeWay } from './stories/keys-travel-the-whole-way.ts';
import { nothingSecretIsLeftLyingAbout } from './stories/nothing-secret-is-left-lying-about.ts';
import { peopleAreAsked } from './stories/people-are-asked.ts';
import { pinsFollowThePolicy } from './stories/pins-follow-the-policy.ts';
import { redisGoesAway } from './stories/redis-goes-away.ts';
import { someEventsAreIgnored } from './stories/some-events-are-ignored.ts';
import { tenantsTakeTurns } from './stories/tenants-take-turns.ts';
import { workersDie } from './stories/workers-die.ts';
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
    let silence: Server | undefined;
    const here = (): World => {
      if (world === undefined) throw new ReferenceError('the world is told of before it began');
      return world;
    };
    beforeAll(async () => {
      silence = await startSilence();
      world = await createWorld({ backend, logLevel: 'trace', tenants: tenantsOf(portOf(silence)) });
    }, 90_000);
    afterAll(async () => {
      await world?.end();
      silence?.close();
    }, 60_000);

    keysTravelTheWholeWay(here);
    someEventsAreIgnored(here);
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

const tenantsOf = (hangingPort: number) => [
  { name: 'acme', ownOrg: true },
  { name: 'globex', ownOrg: true },
  { name: 'on-delivery', pin: { release: 'on_delivery' as const } },
  { name: 'on-receipt', pin: { release: 'on_receipt' as const } },
  { name: 'both-addresses', pin: { recipient: 'both' as const } },
  { name: 'okta-mails', pin: { channel: 'okta' as const } },
  { name: 'hanging', fulfillmentUrl: `http://127.0.0.1:${hangingPort}` },
];

/** A provider that takes every connection and never says a word. */
async function startSilence(): Promise<Server> {
  const server = createServer((socket) => void socket.on('error', () => undefined));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return server.unref();
}

function portOf(server: Server): number {
  const address: AddressInfo | string | null = server.address();
  return typeof address === 'object' && address !== null ? address.port : 0;
}
