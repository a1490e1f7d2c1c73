import { connectOrgs } from '@keycourier/connectors/okta/connect-orgs';
import { createOktaPort } from '@keycourier/connectors/okta/create-okta-port';
import type { Context } from '@keycourier/journey/ports/context';
import { runGroupStep } from '@keycourier/journey/steps/run-hub-step';
import { findStep, knownSteps } from '@keycourier/journey/steps/steps';
import { createHarness } from '@keycourier/journey/testing/harness';
import type { Ledger } from '@keycourier/ledger/connect-ledger';
import { createMapping } from '@keycourier/ledger/hub/groups';
import { renewHubLease } from '@keycourier/ledger/hub/lease';
import { publishDue } from '@keycourier/ledger/outbox/publish-due';
import { connectTestLedger, type TestLedger } from '@keycourier/ledger/testing/connect-test-ledger';
import { createUser, startOrg, token, type RunningOrg } from '@keycourier/okta-simulator/testing/running-org';
import type { AccessLog } from '@keycourier/runtime/access-log';
import { sql } from 'kysely';

import { createGroupPort } from '../group-port.ts';
import { withLease } from '../lease.ts';
import { leaseMs, timeoutMs } from './limits.ts';

/** Two spokes and their hub as simulated orgs, a ledger on real Postgres, and workers that push groups. */
export interface HubWorld {
  opened: TestLedger;
  ledger: Ledger;
  orgs: Readonly<Record<'acme' | 'globex' | 'hub', RunningOrg>>;
  /** Requests to the hub that change something, as `PUT /api/v1/groups/…`. */
  writes: string[];
  /** Runs before each of them. */
  before: (path: string) => Promise<void>;
  /** A user of a spoke who has one in the hub. @returns both ids */
  person: (tenant: 'acme' | 'globex', login?: string) => Promise<{ spoke: string; hub: string }>;
  map: (tenant: 'acme' | 'globex', groupId: string, target?: { id?: string; name?: string }) => Promise<string>;
  /** Runs jobs until none is due, in any number of workers. @returns how many there were */
  work: (workers?: number) => Promise<number>;
  close: () => Promise<void>;
}

export async function startHubWorld(): Promise<HubWorld> {
  const writes: string[] = [];
  const record: AccessLog['middleware'] = (request, _response, next) => {
    if (request.method === 'GET' || !request.path.startsWith('/api/v1/groups')) return next();
    writes.push(`${request.method} ${request.path}`);
    void world.before(request.path).then(() => next(), next);
  };
  const opened = await connectTestLedger();
  const { ledger } = opened;
  const orgs = { acme: await startOrg(), globex: await startOrg(), hub: await startOrg({}, [record]) };
  for (const org of Object.values(orgs)) await org.call('PUT', '/sim/rate-limit', { limitPerMinute: 100_000 });
  const world: HubWorld = {
    opened,
    ledger,
    orgs,
    writes,
    before: async () => undefined,
    person: async (tenant, login = `person.${Math.random()}@${tenant}.example`) => {
      const spoke = await createUser(orgs[tenant], { login, email: login });
      const hub = await createUser(orgs.hub, { login, email: login });
      await addMirror(ledger, { tenant, spoke, hub, org: new URL(orgs.hub.url).host });
      return { spoke, hub };
    },
    map: (tenant, groupId, target) => map(ledger, { tenant, groupId, target }),
    work: (workers = 1) => workAll(workers === 1 ? [ledger] : [ledger, opened.openAnother()], contextOver(orgs)),
    close: async () => {
      for (const org of Object.values(orgs)) await org.close();
    },
  };
  return world;
}

/** As `push-person` leaves it. */
export const addMirror = (
  ledger: Ledger,
  { tenant, spoke, hub, org }: { tenant: string; spoke: string; hub: string; org: string },
): Promise<unknown> =>
  sql`insert into mirrors (id, tenant, okta_user_id, hub_org, hub_user_id, state)
    values (${`mir_${tenant}_${spoke}`}, ${tenant}, ${spoke}, ${org}, ${hub}, 'linked')`.execute(ledger.db);

async function map(
  ledger: Ledger,
  { tenant, groupId, target }: { tenant: string; groupId: string; target: { id?: string; name?: string } | undefined },
): Promise<string> {
  const made = await createMapping(ledger, {
    tenant,
    groupId,
    target: target === undefined ? 'new' : 'existing',
    targetId: target?.id ?? null,
    targetName: target?.name ?? null,
    createdBy: 'key_1',
  });
  if (made === null) throw new RangeError('the group has a mapping');
  return made.id;
}

type ContextOf = (ledger: Ledger) => Context;

function contextOver(orgs: HubWorld['orgs']): ContextOf {
  const urls = new Map([
    ['acme', orgs.acme.url],
    ['globex', orgs.globex.url],
    ['hub:acme', orgs.hub.url],
    ['hub:globex', orgs.hub.url],
  ]);
  const identity = createOktaPort(
    connectOrgs((name) => ({
      orgUrl: urls.get(name) ?? '',
      auth: { token: async () => token },
      rateLimitShare: 1,
      timeoutMs,
    })),
  );
  return contextWith({ identity });
}

/** A worker's context: with a real ledger, and leases that are renewed. */
export const contextWith =
  (ports: Partial<Context>): ContextOf =>
  (ledger) =>
    withLease(
      {
        ...createHarness().context,
        ...ports,
        groups: createGroupPort(ledger, leaseMs, async () => 'hub.okta.example'),
      },
      {
        leaseMs,
        renew: async () => false,
        renewRegistration: async () => false,
        renewHub: (table, { id, leaseId }) => renewHubLease(ledger, table, { id, leaseId, leaseMs }),
        onError: () => undefined,
      },
    );

const maxJobs = 1_000;

/** Each ledger is that of another worker, and each job runs in all of them at once. */
export async function workAll(ledgers: readonly Ledger[], contextOf: ContextOf): Promise<number> {
  const [first] = ledgers;
  if (first === undefined) return 0;
  let count = 0;
  while (count < maxJobs) {
    const jobs: { subjectId: string; step: string; dispatchId: string }[] = [];
    await publishDue(first, { knownSteps, limit: 100 }, async (messages) => void jobs.push(...messages));
    if (jobs.length === 0) return count;
    count += jobs.length;
    for (const job of jobs) await Promise.all(ledgers.map((ledger) => runJob(contextOf(ledger), job)));
  }
  throw new RangeError(`there were more than ${maxJobs} jobs`);
}

async function runJob(
  context: Context,
  { subjectId: groupId, step: name, dispatchId }: { subjectId: string; step: string; dispatchId: string },
): Promise<void> {
  const step = findStep(name);
  if (step?.subject === 'hub_group') await runGroupStep(context, { step: step.name, groupId, dispatchId });
}
