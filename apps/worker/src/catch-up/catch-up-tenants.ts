import { randomUUID } from 'node:crypto';

import type { Config } from '@keycourier/config/config-file';
import { createHookReader } from '@keycourier/connectors/okta/read-hook';
import type { OktaSettingsOf } from '@keycourier/connectors/okta/settings';
import { createSystemLog } from '@keycourier/connectors/okta/system-log';
import type { CatchUpProblem } from '@keycourier/journey/model/catch-up';
import type { Ledger } from '@keycourier/ledger/connect-ledger';
import type { Logger } from '@keycourier/runtime/logger';
import type { Counter } from 'prom-client';

import type { WorkerEnvironment } from '../environment.ts';
import type { WorkerMetrics } from '../metrics.ts';
import { configOf } from '../tenants.ts';
import type { CatchUpReports } from './poll-tenant.ts';
import { startCatchUp } from './start-catch-up.ts';

interface Parts {
  environment: WorkerEnvironment;
  config: Config;
  orgs: OktaSettingsOf;
  ledger: Ledger;
  metrics: WorkerMetrics;
  pages: Counter<'tenant'>;
  logger: Logger;
  onError: (error: unknown) => void;
}

/** Starts the polling of every tenant of the config file. Needs the database and Okta, but no queue store. */
export function catchUpTenants(parts: Parts): { close: () => Promise<void> } {
  const { environment, config, orgs, ledger } = parts;
  return startCatchUp(Object.keys(config.tenants), {
    ledger,
    log: createSystemLog(orgs),
    readHook: createHookReader(orgs),
    settingsOf: (tenant) => configOf(config, tenant).catchUp,
    worker: randomUUID(),
    // Longer than a call may take: the lease is renewed before each.
    leaseMs: environment.LEASE_MS + environment.CONNECTOR_TIMEOUT_MS,
    reports: reportsTo(parts),
  });
}

/** Ids and counts only: events name people, and a link is a position in the org's log. */
function reportsTo({ metrics, pages: counter, logger, onError }: Parts): CatchUpReports {
  return {
    onPolled: (tenant, { pages, recorded, setAside }) => {
      counter.inc({ tenant }, pages);
      if (recorded > 0)
        logger.info({ tenant, recorded }, 'events read from the System Log before a hook delivered them');
      if (setAside > 0) logger.warn({ tenant, setAside }, 'events of the System Log set aside');
    },
    onProblem: (tenant, problem) => {
      if (isTransient(problem.code)) {
        logger.warn({ tenant, ...problem }, 'the System Log cannot be read now');
        return;
      }
      metrics.alarms.inc({ code: 'catch_up_blocked' });
      logger.error({ alarm: 'catch_up_blocked', tenant, ...problem }, 'the System Log cannot be read');
    },
    onRecovered: (tenant) => logger.info({ tenant }, 'the System Log is read again'),
    onNearCap: (tenant, delivered) => {
      metrics.alarms.inc({ code: 'hook_cap_near' });
      logger.error(
        { alarm: 'hook_cap_near', tenant, delivered },
        "the event hook nears Okta's daily cap; beyond it Okta delivers nothing, and only the System Log has the events",
      );
    },
    onError,
  };
}

/** What passes by itself; the lag shows when it does not. */
const isTransient = (problem: CatchUpProblem): boolean => problem === 'rate_limited' || problem === 'unanswered';
