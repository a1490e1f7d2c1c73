import { connectOrgs } from '@keycourier/connectors/okta/connect-orgs';
import { createImportCalls } from '@keycourier/connectors/okta/hub/create-import-calls';
import type { OktaSettings } from '@keycourier/connectors/okta/settings';
import type { Context } from '@keycourier/journey/ports/context';
import { tenantOfHub } from '@keycourier/journey/ports/hub';
import { runPageStep } from '@keycourier/journey/steps/run-hub-step';
import { knownSteps } from '@keycourier/journey/steps/steps';
import { createHarness } from '@keycourier/journey/testing/harness';
import type { Ledger } from '@keycourier/ledger/connect-ledger';
import { listImported, type ImportedRow } from '@keycourier/ledger/hub/import-people';
import { renewHubLease } from '@keycourier/ledger/hub/lease';
import { readComparison, type Comparison } from '@keycourier/ledger/hub/list-comparisons';
import { requestImport } from '@keycourier/ledger/hub/run-imports';
import { changeHubSettings } from '@keycourier/ledger/hub/settings';
import type { SourcingChanges } from '@keycourier/ledger/hub/sourcing';
import { publishDue } from '@keycourier/ledger/outbox/publish-due';
import { connectTestLedger } from '@keycourier/ledger/testing/connect-test-ledger';
import { startOrg, token, type RunningOrg } from '@keycourier/okta-simulator/testing/running-org';
import { sql } from 'kysely';

import { createComparisonPort } from '../comparison-port.ts';
import { createImportPort } from '../import-port.ts';
import { withLease } from '../lease.ts';
import { createIn, usersOf, type User } from './hub-world.ts';
import { leaseMs, timeoutMs } from './limits.ts';

/** Two simulated orgs, a ledger on real Postgres, and a worker that imports people from one to the other. */
export interface ImportWorld {
  ledger: Ledger;
  spoke: RunningOrg;
  hub: RunningOrg;
  /** Requests to each org, reads and writes. */
  calls: { spoke: string[]; hub: string[] };
  /** Creates a user of an org. @returns their id */
  person: (org: RunningOrg, login: string, changes?: Record<string, unknown>) => Promise<string>;
  change: (org: RunningOrg, id: string, profile: Record<string, unknown>) => Promise<void>;
  set: (org: RunningOrg, id: string, verb: string) => Promise<void>;
  user: (org: RunningOrg, login: string) => Promise<User | undefined>;
  users: (org: RunningOrg) => Promise<readonly User[]>;
  settings: (sourcing: SourcingChanges, tenant?: string) => Promise<void>;
  /** Requests an import. @returns its id */
  request: (options?: { isDryRun?: boolean; isFull?: boolean; tenant?: string }) => Promise<string>;
  /** Runs jobs until none is due. */
  work: (change?: (context: Context) => Context) => Promise<void>;
  run: (id: string, tenant?: string) => Promise<Comparison | null>;
  rows: (id: string, tenant?: string) => Promise<readonly ImportedRow[]>;
  close: () => Promise<void>;
}

export async function startImportWorld(): Promise<ImportWorld> {
  const { ledger } = await connectTestLedger();
  const seen: ImportWorld['calls'] = { spoke: [], hub: [] };
  const spoke = await startOrg({}, [recordTo(seen.spoke)]);
  const hub = await startOrg({ issuerHost: 'hub.okta.example' }, [recordTo(seen.hub)]);
  for (const org of [spoke, hub]) await org.call('PUT', '/sim/rate-limit', { limitPerMinute: 100_000 });
  const harness = createHarness();
  const importCalls = createImportCalls({
    orgs: connectOrgs((name) => settingsOf(tenantOfHub(name) === null ? spoke : hub), { resilience: { openMs: 1 } }),
    hubOrgOf: async () => new URL(hub.url).host,
  });
  const context: Context = {
    ...harness.context,
    now: () => new Date(),
    importCalls,
    imports: createImportPort(ledger),
    comparisons: createComparisonPort(ledger, leaseMs),
  };
  return {
    ledger,
    spoke,
    hub,
    calls: seen,
    person: (org, login, changes = {}) => createIn(org, { login, ...changes }, '?activate=true'),
    change: async (org, id, profile) => void (await org.call('POST', `/api/v1/users/${id}`, { profile })),
    set: async (org, id, verb) => void (await org.call('POST', `/api/v1/users/${id}/lifecycle/${verb}`)),
    user: async (org, login) => (await usersOf(org)).find(({ profile }) => profile.login === login),
    users: usersOf,
    settings: async (sourcing, tenant = 'acme') => void (await changeHubSettings(ledger, tenant, { sourcing })),
    request: async ({ isDryRun = false, isFull = false, tenant = 'acme' } = {}) => {
      const requested = await requestImport(ledger, { tenant, isDryRun, isFull, requestedBy: 'key_1' });
      if (requested.outcome !== 'requested') throw new RangeError(requested.outcome);
      return requested.id;
    },
    work: (change = (whole) => whole) => work(ledger, () => leased(ledger, change(context))),
    run: (id, tenant = 'acme') => readComparison(ledger, { tenant, id }),
    rows: (id, tenant = 'acme') => listImported(ledger, { tenant, id, after: null, limit: 1_000 }),
    close: async () => {
      await spoke.close();
      await hub.close();
    },
  };
}

const settingsOf = (org: RunningOrg): OktaSettings => ({
  orgUrl: org.url,
  auth: { token: async () => token },
  timeoutMs,
  rateLimitShare: 1,
});

type RequestHandler = NonNullable<Parameters<typeof startOrg>[1]>[number];

const recordTo =
  (seen: string[]): RequestHandler =>
  (request, _response, next) => {
    if (request.path.startsWith('/api/v1')) seen.push(`${request.method} ${request.originalUrl}`);
    next();
  };

const leased = (ledger: Ledger, context: Context): Context =>
  withLease(context, {
    leaseMs,
    renew: async () => false,
    renewRegistration: async () => false,
    renewHub: (table, { id, leaseId }) => renewHubLease(ledger, table, { id, leaseId, leaseMs }),
    onError: () => undefined,
  });

/** More jobs than any test makes: each does a page, or some people. */
const mostJobs = 400;

async function work(ledger: Ledger, contextOf: () => Context): Promise<void> {
  for (let jobs = 0; jobs < mostJobs;) {
    const due: { subjectId: string; dispatchId: string; step: string }[] = [];
    await publishDue(ledger, { knownSteps, limit: 100 }, async (messages) => void due.push(...messages));
    if (due.length === 0) return;
    for (const { subjectId: comparisonId, dispatchId, step } of due) {
      jobs += 1;
      if (step === 'import-page') await runPageStep(contextOf(), { step, comparisonId, dispatchId });
    }
  }
  throw new RangeError('the jobs do not end');
}

/** Ends leases, as time does once their worker is gone, and makes their messages due. */
export async function endLeasesOfRuns({ ledger }: ImportWorld): Promise<void> {
  await sql`update comparisons set leased_until = now()`.execute(ledger.db);
  await sql`update outbox set due_at = now(), published_at = null, failures = 0,
    dispatch_id = nextval('outbox_dispatch_id')`.execute(ledger.db);
}
