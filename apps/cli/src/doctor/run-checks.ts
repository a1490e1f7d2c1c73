import { resolveSecret } from '@keycourier/config/secrets';
import type { TenantConfig } from '@keycourier/config/tenant';
import { createSend } from '@keycourier/connectors/fulfillment/send';
import { createGuard } from '@keycourier/connectors/resilience';

import type { Check, SetupUnderCheck, TenantUnderCheck } from './check.ts';
import { catchUp, systemLog } from './checks/catch-up.ts';
import { config } from './checks/config.ts';
import { connections } from './checks/connections.ts';
import { consoleChecks } from './checks/console-sign-in.ts';
import { database } from './checks/database.ts';
import { environmentNames } from './checks/environment.ts';
import { setupExpiryChecks, tenantExpiryChecks } from './checks/expiry.ts';
import { groups } from './checks/groups.ts';
import { hook } from './checks/hook.ts';
import { hub } from './checks/hub.ts';
import { keyFileChecks } from './checks/key-files.ts';
import { linkChecks } from './checks/link.ts';
import { credentials, org, permissions } from './checks/okta.ts';
import { outboundProxy } from './checks/outbound-proxy.ts';
import { provider, providerToken } from './checks/provider.ts';
import { publishedKeyChecks } from './checks/published-keys.ts';
import { queueStore } from './checks/queue-store.ts';
import { hubRegistration, registration } from './checks/registration.ts';
import { secrets } from './checks/secrets.ts';
import { serviceChecks } from './checks/services.ts';
import { smtp } from './checks/smtp.ts';
import { stock } from './checks/stock.ts';
import { red, redFromError, type Finding } from './finding.ts';

const setupChecks: readonly Check<SetupUnderCheck>[] = [
  config,
  environmentNames,
  ...keyFileChecks,
  database,
  queueStore,
  ...serviceChecks,
  ...consoleChecks,
  connections,
  ...setupExpiryChecks,
];

const tenantChecks: readonly Check<TenantUnderCheck>[] = [
  secrets,
  outboundProxy,
  org,
  credentials,
  permissions,
  groups,
  registration,
  hub,
  ...linkChecks,
  hubRegistration,
  hook,
  systemLog,
  catchUp,
  provider,
  providerToken,
  ...tenantExpiryChecks,
  stock,
  ...publishedKeyChecks,
  smtp,
];

export interface Result extends Finding {
  /** Null for a check of the whole set-up. */
  tenant: string | null;
  check: string;
}

export interface CheckRun {
  setup: SetupUnderCheck;
  tenants: readonly { name: string; config: TenantConfig }[];
  lowStock: number;
  now: Date;
  /** For one check, with all its requests. */
  timeoutMs: number;
}

/** Runs every check at once. None waits for another, and none takes longer than `timeoutMs`. */
export async function runChecks(options: CheckRun): Promise<Result[]> {
  const { setup, tenants, timeoutMs } = options;
  const shared = setupChecks.map(async (check) => ({
    tenant: null,
    check: check.name,
    ...(await runCheck(check, setup, timeoutMs)),
  }));
  const own = tenants.flatMap((tenant) => {
    const subject = subjectOf(tenant, options);
    return tenantChecks.map(async (check) => ({
      tenant: tenant.name,
      check: check.name,
      ...(await runCheck(check, subject, timeoutMs)),
    }));
  });
  return Promise.all([...shared, ...own]);
}

async function runCheck<Subject>(check: Check<Subject>, subject: Subject, timeoutMs: number): Promise<Finding> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<Finding>((resolve) => {
    timer = setTimeout(
      () => resolve(red(`no answer within ${timeoutMs / 1_000} s`, 'check whether it is overloaded')),
      timeoutMs,
    );
  });
  try {
    return await Promise.race([check.run(subject), timeout]);
  } catch (error) {
    return redFromError(error);
  } finally {
    clearTimeout(timer);
  }
}

function subjectOf(tenant: CheckRun['tenants'][number], { setup, lowStock, now }: CheckRun): TenantUnderCheck {
  const { environment, receiverUrl, timeoutMs, apiUrl: url, apiKey: key } = setup;
  const { apiUrl, keysUrl, token } = tenant.config.fulfillment;
  const settings = { apiUrl, keysUrl, timeoutMs, token: () => resolveSecret(token, environment) };
  const guard = createGuard('fulfillment', { maxConcurrent: 32, breakAfter: 1_000 });
  return {
    ...tenant,
    environment,
    receiverUrl,
    api: url === null || key === null ? null : { url, key },
    org: { tenant: tenant.name, config: tenant.config, environment, timeoutMs },
    provider: createSend(() => settings, guard)(tenant.name),
    lowStock,
    now,
    timeoutMs,
  };
}
