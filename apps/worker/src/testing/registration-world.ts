import { connectOrgs } from '@keycourier/connectors/okta/connect-orgs';
import { createOktaPort } from '@keycourier/connectors/okta/create-okta-port';
import { fingerprintOf, type RegistrationTarget } from '@keycourier/journey/model/registration';
import type { Context } from '@keycourier/journey/ports/context';
import { tenantOfHub } from '@keycourier/journey/ports/hub';
import { runRegistrationStep } from '@keycourier/journey/steps/run-registration-step';
import { knownSteps } from '@keycourier/journey/steps/steps';
import { createHarness } from '@keycourier/journey/testing/harness';
import type { Ledger } from '@keycourier/ledger/connect-ledger';
import { publishDue } from '@keycourier/ledger/outbox/publish-due';
import { renewRegistrationLease } from '@keycourier/ledger/registrations/claim-registration';
import { sweepRegistrations } from '@keycourier/ledger/registrations/sweep-registrations';
import { connectTestLedger, type TestLedger } from '@keycourier/ledger/testing/connect-test-ledger';
import { bring, change, open } from '@keycourier/ledger/testing/sample-shipments';
import {
  bodyOf,
  createGroup,
  createUser,
  startOrg,
  token,
  type RunningOrg,
} from '@keycourier/okta-simulator/testing/running-org';
import type { AccessLog } from '@keycourier/runtime/access-log';
import { z } from 'zod';

import { withLease } from '../lease.ts';
import { createRegistrationPort } from '../registration-port.ts';
import { leaseMs, timeoutMs } from './limits.ts';

export const attribute = { name: 'keycourierRegistered', ready: true, notReady: false };

/** A ledger on real Postgres, a simulated org, and workers that write registrations between the two. */
export interface RegistrationWorld {
  opened: TestLedger;
  ledger: Ledger;
  org: RunningOrg;
  /** The tenant's hub, and what is written there. */
  hub: RunningOrg;
  hubTarget: RegistrationTarget | null;
  group: string;
  target: RegistrationTarget;
  alarms: { code: string; detail: Readonly<Record<string, unknown>> }[];
  /** Requests to the org that change something, as `POST /api/v1/users/…`; `before` runs before each of them. */
  writes: string[];
  before: (path: string) => Promise<void>;
  /** A user with an active credential of ours. @returns their id and their shipment's */
  personWithKey: (options?: {
    userId?: string;
    purpose?: 'primary' | 'backup';
    /** The key is in the hub, of this user there. */
    hubUserId?: string;
  }) => Promise<{ userId: string; id: string }>;
  /** Revokes the credential of a shipment. */
  revoke: (id: string) => Promise<void>;
  /** Runs every job that is due, in any number of workers. @returns how many there were */
  work: (workers?: number) => Promise<number>;
  sweep: () => Promise<number>;
  contextOf: (ledger: Ledger) => Context;
  profileOf: (userId: string) => Promise<Record<string, unknown>>;
  isInGroup: (userId: string) => Promise<boolean>;
  row: (userId: string) => Promise<Record<string, unknown>>;
  close: () => Promise<void>;
}

const userShape = z.looseObject({ profile: z.record(z.string(), z.unknown()) });

export async function startRegistrationWorld(): Promise<RegistrationWorld> {
  const writes: string[] = [];
  const record: AccessLog['middleware'] = (request, _response, next) => {
    if (request.method === 'GET' || !request.path.startsWith('/api/v1')) return next();
    writes.push(`${request.method} ${request.path}`);
    void world.before(request.path).then(() => next(), next);
  };
  const opened = await connectTestLedger({ isRegistrationWritten: () => true, maxRequestsInFlight: () => 100 });
  const org = await startOrg({}, [record]);
  const hub = await startOrg({ issuerHost: 'hub.okta.example' });
  for (const one of [org, hub]) await one.call('PUT', '/sim/rate-limit', { limitPerMinute: 100_000 });
  const { ledger } = opened;
  const alarms: RegistrationWorld['alarms'] = [];
  const harness = createHarness();
  const identity = createOktaPort(
    connectOrgs((name) => ({
      orgUrl: tenantOfHub(name) === null ? org.url : hub.url,
      auth: { token: async () => token },
      rpId: undefined,
      rateLimitShare: 1,
      timeoutMs,
    })),
  );
  const contextOf = (through: Ledger): Context =>
    withLease(
      {
        ...harness.context,
        identity,
        tenant: (name) => ({
          ...harness.tenant,
          name,
          registration: world.target,
          hubRegistration: world.hubTarget,
        }),
        registrations: createRegistrationPort(through, leaseMs),
        alarm: (code, detail) => void alarms.push({ code, detail }),
      },
      {
        leaseMs,
        renew: async () => false,
        renewRegistration: (attempt) => renewRegistrationLease(through, attempt, leaseMs),
        renewHub: async () => false,
        onError: () => undefined,
      },
    );
  const world: RegistrationWorld = {
    opened,
    ledger,
    org,
    hub,
    hubTarget: null,
    group: '',
    target: { attribute, group: null, verifyEveryMs: 3_600_000 },
    alarms,
    writes,
    before: async () => undefined,
    personWithKey: async ({ userId = '', purpose = 'primary', hubUserId } = {}) => {
      const user = userId === '' ? await createUser(org, {}, '?activate=true') : userId;
      const { id } = await open(ledger, { userId: user, login: null, purpose });
      if (hubUserId !== undefined) await change(ledger, id, { hubUser: { id: hubUserId, drift: [] } });
      await bring(ledger, id, 'active');
      return { userId: user, id };
    },
    revoke: async (id) => void (await change(ledger, id, { credential: 'revoked' })),
    work: (workers = 1) => work(contextOf, [ledger, ...others(opened, workers - 1)]),
    sweep: () =>
      sweepRegistrations(
        ledger,
        new Map([
          ['acme', fingerprintOf(world.target)],
          ...(world.hubTarget === null ? [] : [['hub:acme', fingerprintOf(world.hubTarget)] as const]),
        ]),
      ),
    contextOf,
    profileOf: async (userId) => bodyOf(userShape, await org.call('GET', `/api/v1/users/${userId}`)).profile,
    isInGroup: async (userId) => {
      const groups = await org.call('GET', `/api/v1/users/${userId}/groups`);
      return bodyOf(z.array(z.looseObject({ id: z.string() })), groups).some(({ id }) => id === world.group);
    },
    row: async (userId) =>
      ledger.db.selectFrom('registrations').selectAll().where('okta_user_id', '=', userId).executeTakeFirstOrThrow(),
    close: async () => {
      await org.close();
      await hub.close();
    },
  };
  await addAttribute(org, { master: { type: 'OKTA' } });
  world.group = await createGroup(org, 'Passwordless');
  await world.sweep();
  return world;
}

export const addAttribute = (org: RunningOrg, more: object = {}, name = attribute.name) =>
  org.call('POST', '/api/v1/meta/schemas/user/default', {
    definitions: { custom: { properties: { [name]: { title: 'Ready', type: 'boolean', ...more } } } },
  });

export const removeAttribute = (org: RunningOrg) =>
  org.call('POST', '/api/v1/meta/schemas/user/default', {
    definitions: { custom: { properties: { [attribute.name]: null } } },
  });

const others = (opened: TestLedger, count: number): Ledger[] =>
  Array.from({ length: count }, () => opened.openAnother());

async function work(contextOf: (ledger: Ledger) => Context, ledgers: readonly Ledger[]): Promise<number> {
  const [first] = ledgers;
  if (first === undefined) return 0;
  const jobs: { subjectId: string; dispatchId: string }[] = [];
  await publishDue(first, { knownSteps, limit: 1_000 }, async (messages) => {
    jobs.push(...messages.filter(({ step }) => step === 'write-registration'));
  });
  const run = (through: Ledger, { subjectId: registrationId, dispatchId }: (typeof jobs)[number]) =>
    runRegistrationStep(contextOf(through), { step: 'write-registration', registrationId, dispatchId });
  await Promise.all(
    ledgers.map(async (through) => {
      for (const job of jobs) await run(through, job);
    }),
  );
  return jobs.length;
}
