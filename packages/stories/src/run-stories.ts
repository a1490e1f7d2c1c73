import { afterAll, beforeAll, describe, test } from '@jest/globals';

import { batchesHaveManyRows } from './stories/batches-have-many-rows.ts';
import { callsArePaced } from './stories/calls-are-paced.ts';
import { eventsAskForKeys } from './stories/events-ask-for-keys.ts';
import { finishedJobsCanRunAgain } from './stories/finished-jobs-can-run-again.ts';
import { forgedResponsesAreRefused } from './stories/forged-responses-are-refused.ts';
import { keysAreDelivered } from './stories/keys-are-delivered.ts';
import { oktaKnowsWhoIsReady, tenantWithRegistration } from './stories/okta-knows-who-is-ready.ts';
import { onePersonIsForbidden } from './stories/one-person-is-forbidden.ts';
import { ordersFollowTheProfile } from './stories/orders-follow-the-profile.ts';
import { pinsFollowThePolicy } from './stories/pins-follow-the-policy.ts';
import { heldShipmentsGoOn, problemsAreHeld } from './stories/problems-are-held.ts';
import { redisIsDown } from './stories/redis-is-down.ts';
import { secretsAreNotStoredInClear } from './stories/secrets-are-not-stored-in-clear.ts';
import { shipmentsAreCancelled } from './stories/shipments-are-cancelled.ts';
import { someEventsAreIgnored } from './stories/some-events-are-ignored.ts';
import { tenantsAreIndependent } from './stories/tenants-are-independent.ts';
import { tenantsHaveTheirOwnSystems, tenantsWithSystems } from './stories/tenants-have-their-own-systems.ts';
import { workersAreKilled } from './stories/workers-are-killed.ts';
import { startExternalSystems, type ExternalSystems } from './world/external-systems.ts';
import { canRun, createWorld, type Backend, type World } from './world/world.ts';

/** Runs the stories on one queue store, in one stack that logs at level trace; skips them if there is no such store. */
export function runStories(backend: Backend): void {
  if (!canRun(backend)) {
    console.warn(
      `SKIPPED: the stories on ${backend}: neither redis-server nor valkey-server is on PATH, and REDIS_URL is not set`,
    );
    test.skip(`stories on ${backend}`, () => undefined);
    return;
  }
  describe(`on ${backend}`, () => {
    let world: World | undefined;
    let systems: ExternalSystems | undefined;
    const currentWorld = (): World => {
      if (world === undefined) throw new ReferenceError('the world is used before it is created');
      return world;
    };
    const currentSystems = (): ExternalSystems => {
      if (systems === undefined) throw new ReferenceError('the external systems are used before they are started');
      return systems;
    };
    beforeAll(async () => {
      systems = await startExternalSystems();
      world = await createWorld({ backend, logLevel: 'trace', tenants: tenantsOf(systems) });
    });
    afterAll(async () => {
      await world?.stop();
      await systems?.stop();
    });

    keysAreDelivered(currentWorld);
    shipmentsAreCancelled(currentWorld);
    batchesHaveManyRows(currentWorld);
    // A queue adds jobs, takes them by priority, retries them and gives them to another worker. When a job is due and whether a
    // tenant is paused is in the ledger, so no queue has a part in these.
    if (backend === 'postgres') {
      eventsAskForKeys(currentWorld);
      ordersFollowTheProfile(currentWorld);
      someEventsAreIgnored(currentWorld);
      tenantsHaveTheirOwnSystems(currentWorld, currentSystems);
      pinsFollowThePolicy(currentWorld);
      oktaKnowsWhoIsReady(currentWorld);
      onePersonIsForbidden(currentWorld);
    }
    finishedJobsCanRunAgain(currentWorld);
    workersAreKilled(currentWorld);
    // These leave shipments behind whose orders are read every second, so they come last.
    heldShipmentsGoOn(currentWorld);
    if (backend === 'postgres') problemsAreHeld(currentWorld);
    // No queue has a part in how a response is judged, but one has in the hold: on Redis, one of each kind.
    forgedResponsesAreRefused(currentWorld, { ofEachKind: backend === 'postgres' ? Number.POSITIVE_INFINITY : 1 });
    tenantsAreIndependent(currentWorld);
    if (backend === 'redis') redisIsDown(currentWorld);
    // Last: what its tenant begins later waits behind its rows for minutes.
    callsArePaced(currentWorld);
    secretsAreNotStoredInClear(currentWorld);
  });
}

/** Hooks deliver the events of these stories; catch-up has stories of its own. */
const catchUp = { every: '20s' };

const tenantsOf = ({ hris, hangingPort, clientId, hrisTokenFile, privateKeyFile }: ExternalSystems) => [
  { name: 'acme', ownOrg: true, catchUp },
  { name: 'globex', ownOrg: true, catchUp },
  { name: 'on-delivery', pin: { release: 'on_delivery' as const } },
  { name: 'on-receipt', pin: { release: 'on_receipt' as const } },
  { name: 'both-addresses', pin: { recipient: 'both' as const } },
  { name: 'okta-mails', pin: { channel: 'okta' as const } },
  { name: 'batches' },
  {
    name: tenantWithRegistration,
    ownOrg: true,
    catchUp,
    registration: { attribute: { name: 'keycourierRegistered' } },
  },
  { name: tenantsWithSystems.hris, hris: { url: hris.urlTemplate, tokenFile: hrisTokenFile } },
  { name: tenantsWithSystems.serviceApp, serviceApp: { clientId, privateKeyFile } },
  { name: 'hanging', fulfillmentUrl: `http://127.0.0.1:${hangingPort}` },
];
