import { lacksScope } from '@keycourier/connectors/okta/read-hook';
import { createSystemLog } from '@keycourier/connectors/okta/system-log';
import { ConnectorError } from '@keycourier/journey/ports/errors';
import { readCatchUp } from '@keycourier/ledger/catch-up/read-catch-up';
import { readOnce } from '@keycourier/ledger/read-once';
import { describeCatchUpProblem, nearDailyCap } from '@keycourier/messages/catch-up';

import { catchUp as catchUpShape } from '../../api/catch-up-shape.ts';
import { readCredentials, settingsOf } from '../../okta/org-access.ts';
import { formatSpan } from '../../output/span.ts';
import type { Check, TenantUnderCheck } from '../check.ts';
import { type Finding, green, red, skipped, skippedFor, worst, yellow } from '../finding.ts';

const off = skipped('catchUp.enabled is false: what the event hook does not deliver is lost');

/** The credentials may read the System Log. Without it, shipments continue. */
export const systemLog: Check<TenantUnderCheck> = {
  name: 'okta.log',
  run: async ({ config, org, name, now }) => {
    if (!config.catchUp.enabled) return off;
    try {
      await readCredentials(org);
      await createSystemLog(() => settingsOf(org)).readPage(name, { since: now, limit: 1 });
      return green('may read the System Log');
    } catch (error) {
      if (error instanceof ConnectorError && lacksScope(error))
        return yellow(
          'may not read the System Log (okta.logs.read): events that the hook does not deliver are lost',
          "grant okta.logs.read to the service app and an administrator role that may view the log, or give the token's administrator such a role (read-only administrator or more)",
        );
      return skippedFor(error);
    }
  },
};

interface State {
  lagMs: number | null;
  problem: string | null;
  problemText: string;
  capShare: number;
  isNearCap: boolean;
  found: number;
}

/** The worker reads the System Log, and the hook does not near Okta's daily cap. */
export const catchUp: Check<TenantUnderCheck> = {
  name: 'catch-up',
  run: async (tenant) => {
    const state = await readState(tenant);
    return 'status' in state ? state : judge(state, tenant);
  },
};

function judge(state: State, { config }: TenantUnderCheck): Finding {
  const { enabled, every } = config.catchUp;
  const cap = state.isNearCap
    ? yellow(nearDailyCap(Math.round(state.capShare * 100)), "narrow the event types or filters of the org's hooks")
    : green('far from the daily cap');
  if (!enabled) return worst([cap], off);
  return worst(
    [reading(state, every), cap],
    green(`the System Log is read up to ${formatSpan(state.lagMs ?? 0)} ago; events that it alone had: ${state.found}`),
  );
}

function reading({ lagMs, problem, problemText }: State, everyMs: number): Finding {
  if (problem !== null) return yellow(`the System Log cannot be read: ${problem}`, problemText);
  const fix = 'start a worker, or see its log';
  if (lagMs === null) return yellow('the System Log was not read yet', fix);
  if (lagMs > Math.max(5 * everyMs, 5 * 60_000))
    return red(`the System Log was last read ${formatSpan(lagMs)} ago`, fix);
  return green('read');
}

/** From the database where it is named here, else by the API, if the key is this tenant's. */
async function readState(tenant: TenantUnderCheck): Promise<State | Finding> {
  const databaseUrl = tenant.environment['DATABASE_URL'];
  if (databaseUrl === undefined || databaseUrl === '') return readFromApi(tenant);
  const { now, config, name, timeoutMs } = tenant;
  const graceMs = config.catchUp.hookGrace;
  const status = await readOnce({ databaseUrl, timeoutMs }, (db) =>
    readCatchUp({ db, now: () => now }, name, { graceMs }),
  ).catch(() => null);
  if (status === null) return skipped('the database cannot be read: see database');
  return {
    lagMs: status.lagMs,
    problem: status.problem?.code ?? null,
    problemText: status.problem === null ? '' : describeCatchUpProblem(status.problem.code),
    capShare: status.cap.share,
    isNearCap: status.cap.isNear,
    found: status.foundOnlyHere.total,
  };
}

async function readFromApi({ api, name, timeoutMs }: TenantUnderCheck): Promise<State | Finding> {
  const needed = "set DATABASE_URL, or KEYCOURIER_URL and this tenant's KEYCOURIER_API_KEY, to check it";
  if (api === null) return skipped(needed);
  const response = await fetch(`${api.url}/v1/catch-up`, {
    headers: { authorization: `Bearer ${api.key}` },
    redirect: 'manual',
    signal: AbortSignal.timeout(timeoutMs),
  }).catch(() => null);
  const parsed = catchUpShape.safeParse(await response?.json().catch(() => null));
  if (!parsed.success || parsed.data.tenant !== name) return skipped(needed);
  const { lagSeconds, problem, dailyCap, foundOnlyByCatchUp } = parsed.data;
  return {
    lagMs: lagSeconds === null ? null : lagSeconds * 1_000,
    problem: problem?.code ?? null,
    problemText: problem?.message ?? '',
    capShare: dailyCap.share,
    isNearCap: dailyCap.isNear,
    found: foundOnlyByCatchUp.total,
  };
}
