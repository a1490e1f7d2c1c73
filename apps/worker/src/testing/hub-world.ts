import { connectOrgs } from '@keycourier/connectors/okta/connect-orgs';
import { createHubPort } from '@keycourier/connectors/okta/hub/create-hub-port';
import type { OktaSettings } from '@keycourier/connectors/okta/settings';
import type { Context } from '@keycourier/journey/ports/context';
import { tenantOfHub } from '@keycourier/journey/ports/hub';
import { runMirrorStep, runPageStep } from '@keycourier/journey/steps/run-hub-step';
import { knownSteps } from '@keycourier/journey/steps/steps';
import { createHarness } from '@keycourier/journey/testing/harness';
import type { Ledger } from '@keycourier/ledger/connect-ledger';
import { assignToHub, type NewAssignment } from '@keycourier/ledger/hub/assignments';
import { renewHubLease } from '@keycourier/ledger/hub/lease';
import { listCompared, readComparison, type Compared, type Comparison } from '@keycourier/ledger/hub/list-comparisons';
import { listMirrors, type Mirror } from '@keycourier/ledger/hub/list-mirrors';
import { requirePeople } from '@keycourier/ledger/hub/mirrors';
import { requestComparison } from '@keycourier/ledger/hub/require-comparisons';
import { changeHubSettings } from '@keycourier/ledger/hub/settings';
import { publishDue } from '@keycourier/ledger/outbox/publish-due';
import { connectTestLedger, type TestLedger } from '@keycourier/ledger/testing/connect-test-ledger';
import { bodyOf, startOrg, token, type RunningOrg } from '@keycourier/okta-simulator/testing/running-org';
import { sql } from 'kysely';
import { z } from 'zod';

import { createComparisonPort } from '../comparison-port.ts';
import { createMirrorPort } from '../hub-port.ts';
import { withLease } from '../lease.ts';
import { leaseMs, timeoutMs } from './limits.ts';

const userShape = z.looseObject({
  id: z.string(),
  status: z.string(),
  profile: z.looseObject({ login: z.string() }),
  credentials: z.looseObject({ password: z.unknown().optional() }),
});

export type User = z.output<typeof userShape>;

/** A request to the hub that changes something. */
interface Write {
  call: string;
  body: unknown;
}

/** Two simulated orgs, a ledger on real Postgres, and workers that push people from one to the other. */
export interface HubWorld {
  opened: TestLedger;
  ledger: Ledger;
  spoke: RunningOrg;
  hub: RunningOrg;
  /** Requests to the hub that change something; `before` runs before each of them. */
  writes: Write[];
  /** What the hub's requests have passed, and whether the hub answers. */
  gate: { before: (call: string) => Promise<void>; isDown: boolean };
  contextOf: (ledger: Ledger, change?: (context: Context) => Context) => Context;
  /** Creates a user of the spoke. @returns their id */
  person: (login: string, changes?: Record<string, unknown>, query?: string) => Promise<string>;
  assign: (userId: string, changes?: Partial<NewAssignment>) => Promise<void>;
  /** Makes people due. */
  require: (userIds: readonly string[], options?: { tenant?: string; isForced?: boolean }) => Promise<void>;
  /** Runs the jobs that are due, in any number of workers. @returns how many there were */
  work: (options?: { workers?: number; change?: (context: Context) => Context }) => Promise<number>;
  /** Runs a comparison to its end, also where workers die of `death`; `page` runs before each job. @returns it, and its report */
  compare: (options?: {
    tenant?: string;
    isDryRun?: boolean;
    change?: (context: Context) => Context;
    page?: (pages: number) => Promise<void>;
    death?: Error;
  }) => Promise<{ run: Comparison; report: readonly Compared[] }>;
  mirror: (userId: string, tenant?: string) => Promise<Mirror | undefined>;
  /** All users of the hub, of every status. */
  hubUsers: () => Promise<readonly User[]>;
  inHub: (login: string) => Promise<User | undefined>;
  set: (org: RunningOrg, id: string, verb: string) => Promise<void>;
  close: () => Promise<void>;
}

const somePassword = { value: 'correct horse battery staple' };

/** A hub that is up, with all parts of its link on. */
export async function startHubWorld(): Promise<HubWorld> {
  const [writes, gate]: [Write[], HubWorld['gate']] = [[], { before: async () => undefined, isDown: false }];
  const opened = await connectTestLedger();
  const spoke = await startOrg();
  const hub = await startOrg({ issuerHost: 'hub.okta.example' }, [recordTo(writes, gate)]);
  const { ledger } = opened;
  const harness = createHarness();
  const settingsOf = (org: RunningOrg): OktaSettings => ({
    orgUrl: org.url,
    auth: { token: async () => token },
    timeoutMs,
    rateLimitShare: 1,
  });
  const calls = createHubPort({
    orgs: connectOrgs((name) => settingsOf(tenantOfHub(name) === null ? spoke : hub), { resilience: { openMs: 1 } }),
    hubOrgOf: async () => new URL(hub.url).host,
  });
  for (const org of [spoke, hub]) await org.call('PUT', '/sim/rate-limit', { limitPerMinute: 100_000 });
  const contextOf: HubWorld['contextOf'] = (through, change = (context) => context) =>
    withLease(
      change({
        ...harness.context,
        hub: calls,
        comparisons: createComparisonPort(through, leaseMs),
        mirrors: createMirrorPort(through, leaseMs, (name) =>
          name === 'the-hub' ? new URL(hub.url).host : `${name}.okta.com`,
        ),
      }),
      {
        leaseMs,
        renew: async () => false,
        renewRegistration: async () => false,
        renewHub: (table, { id, leaseId }) => renewHubLease(through, table, { id, leaseId, leaseMs }),
        onError: () => undefined,
      },
    );
  for (const tenant of ['acme', 'globex'])
    await changeHubSettings(ledger, tenant, {
      switches: { create: true, update: true, deactivate: true, reactivate: true },
    });
  const world: HubWorld = {
    opened,
    ledger,
    spoke,
    hub,
    writes,
    gate,
    contextOf,
    person: (login, changes = {}, query = '?activate=true') => createIn(spoke, { login, ...changes }, query),
    assign: (spokeId, changes = {}) =>
      assignToHub(ledger, {
        tenant: 'acme',
        kind: 'person',
        spokeId,
        initialStatus: null,
        securityQuestion: null,
        assignedBy: 'key_1',
        ...changes,
      }),
    require: (userIds, { tenant = 'acme', isForced = false } = {}) =>
      requirePeople(ledger.db, { tenant, userIds, priority: 3, isForced }),
    work: ({ workers = 1, change } = {}) =>
      work([ledger, ...Array.from({ length: workers - 1 }, () => opened.openAnother())], (through) =>
        contextOf(through, change),
      ),
    compare: (options) => compare({ ledger, contextOf }, options),
    mirror: async (userId, tenant = 'acme') =>
      (await listMirrors(ledger, { tenant, after: null, limit: 1, userIds: [userId] }))[0],
    hubUsers: async () => usersOf(hub),
    inHub: async (login) => (await usersOf(hub)).find(({ profile }) => profile.login === login),
    set: async (org, id, verb) => {
      // Okta suspends those alone who are active.
      if (verb === 'suspend')
        await org.call('POST', `/api/v1/users/${id}`, { credentials: { password: somePassword } });
      const { status } = await org.call('POST', `/api/v1/users/${id}/lifecycle/${verb}`);
      if (status !== 200) throw new RangeError(`${verb} is answered with ${status}`);
    },
    close: async () => {
      await spoke.close();
      await hub.close();
    },
  };
  return world;
}

type RequestHandler = NonNullable<Parameters<typeof startOrg>[1]>[number];

const recordTo =
  (writes: Write[], gate: HubWorld['gate']): RequestHandler =>
  (request, response, next) => {
    if (gate.isDown) return void response.status(503).end();
    if (request.method === 'GET' || !request.path.startsWith('/api/v1')) return next();
    const call = `${request.method} ${request.originalUrl}`;
    const write: Write = { call, body: null };
    writes.push(write);
    response.on('finish', () => {
      write.body = request.body;
    });
    void gate.before(call).then(() => next(), next);
  };

export async function createIn(org: RunningOrg, profile: Record<string, unknown>, query: string): Promise<string> {
  const login = profile['login'];
  const whole = { email: login, firstName: 'Ada', lastName: 'Lovelace', ...profile };
  return bodyOf(userShape, await org.call('POST', `/api/v1/users${query}`, { profile: whole })).id;
}

const anyStatus = encodeURIComponent('status eq "DEPROVISIONED" or status pr');

export async function usersOf(org: RunningOrg): Promise<readonly User[]> {
  const all: User[] = [];
  for (let after = ''; ;) {
    const page = await org.call('GET', `/api/v1/users?limit=200&search=${anyStatus}${after}`);
    const users = bodyOf(z.array(userShape), page);
    all.push(...users);
    if (users.length < 200) return all;
    after = `&after=${users.at(-1)?.id ?? ''}`;
  }
}

async function work(ledgers: readonly Ledger[], contextOf: (ledger: Ledger) => Context): Promise<number> {
  const [first] = ledgers;
  if (first === undefined) return 0;
  const jobs: { subjectId: string; dispatchId: string }[] = [];
  await publishDue(first, { knownSteps, limit: 5_000 }, async (messages) => {
    jobs.push(...messages.filter(({ step }) => step === 'push-person'));
  });
  await Promise.all(
    ledgers.map(async (through) => {
      for (const { subjectId: mirrorId, dispatchId } of jobs)
        await runMirrorStep(contextOf(through), { step: 'push-person', mirrorId, dispatchId });
    }),
  );
  return jobs.length;
}

async function compare(
  { ledger, contextOf }: Pick<HubWorld, 'ledger' | 'contextOf'>,
  {
    tenant = 'acme',
    isDryRun = false,
    change,
    page = async () => undefined,
    death,
  }: Parameters<HubWorld['compare']>[0] = {},
): ReturnType<HubWorld['compare']> {
  const { id } = await requestComparison(ledger.db, { tenant, kind: 'people', isDryRun, requestedBy: 'key_1' });
  for (let pages = 0; pages < 500; pages += 1) {
    await page(pages);
    const job = { step: 'compare-page', comparisonId: id, dispatchId: null } as const;
    await runPageStep(contextOf(ledger, change), job).catch((error: unknown) => {
      if (error !== death) throw error;
    });
    const run = await readComparison(ledger, { tenant, id });
    if (run !== null && run.endedAt !== null)
      return { run, report: await listCompared(ledger, { tenant, id, after: null, limit: 10_000 }) };
  }
  throw new RangeError('The comparison does not end');
}

/** Ends leases, as time does once their worker is gone, and makes their messages due. */
export async function endLeases({ ledger }: HubWorld): Promise<void> {
  await sql`update mirrors set leased_until = now()`.execute(ledger.db);
  await sql`update outbox set due_at = now(), published_at = null, failures = 0,
    dispatch_id = nextval('outbox_dispatch_id')`.execute(ledger.db);
}
