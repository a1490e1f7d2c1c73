import { resolveSecret, type TenantConfig } from '@keycourier/config/config-file';
import { createSend } from '@keycourier/connectors/fulfillment/send';
import { createGuard } from '@keycourier/connectors/resilience';

import type { Check, SetUpUnderCheck, TenantUnderCheck } from './check.ts';
import { config } from './checks/config.ts';
import { database } from './checks/database.ts';
import { hook } from './checks/hook.ts';
import { keyFileChecks } from './checks/key-files.ts';
import { credentials, org, permissions } from './checks/okta.ts';
import { provider, providerToken, tokenExpiry } from './checks/provider.ts';
import { publishedKeyChecks } from './checks/published-keys.ts';
import { queueStore } from './checks/queue-store.ts';
import { secrets } from './checks/secrets.ts';
import { serviceChecks } from './checks/services.ts';
import { smtp } from './checks/smtp.ts';
import { stock } from './checks/stock.ts';
import { red, type Finding } from './finding.ts';
import { redFor } from './unless-green.ts';

const setUpChecks: readonly Check<SetUpUnderCheck>[] = [
  config,
  ...keyFileChecks,
  database,
  queueStore,
  ...serviceChecks,
];

const tenantChecks: readonly Check<TenantUnderCheck>[] = [
  secrets,
  org,
  credentials,
  permissions,
  hook,
  provider,
  providerToken,
  tokenExpiry,
  stock,
  ...publishedKeyChecks,
  smtp,
];

export interface Result extends Finding {
  /** Null for what all tenants share. */
  tenant: string | null;
  check: string;
}

export interface Examination {
  setUp: SetUpUnderCheck;
  tenants: readonly { name: string; config: TenantConfig }[];
  lowStock: number;
  now: Date;
  /** For one check, whatever it needs. */
  timeoutMs: number;
}

/** Runs every check at once. None waits for another, and none takes longer than `timeoutMs`. */
export async function examine(examination: Examination): Promise<Result[]> {
  const { setUp, tenants, timeoutMs } = examination;
  const shared = setUpChecks.map((check) => one(null, check, setUp, timeoutMs));
  const own = tenants.flatMap((tenant) => {
    const subject = subjectOf(tenant, examination);
    return tenantChecks.map((check) => one(tenant.name, check, subject, timeoutMs));
  });
  return Promise.all([...shared, ...own]);
}

async function one<Subject>(
  tenant: string | null,
  check: Check<Subject>,
  subject: Subject,
  timeoutMs: number,
): Promise<Result> {
  let timer: NodeJS.Timeout | undefined;
  const tooSlow = new Promise<Finding>((resolve) => {
    timer = setTimeout(
      () => resolve(red(`no answer within ${timeoutMs / 1_000} s`, 'see whether it is overloaded')),
      timeoutMs,
    );
  });
  try {
    return { tenant, check: check.name, ...(await Promise.race([check.run(subject), tooSlow])) };
  } catch (error) {
    return { tenant, check: check.name, ...redFor(error) };
  } finally {
    clearTimeout(timer);
  }
}

function subjectOf(
  { name, config: given }: Examination['tenants'][number],
  { setUp, lowStock, now }: Examination,
): TenantUnderCheck {
  const { environment, receiverUrl, timeoutMs } = setUp;
  const { apiUrl, keysUrl, token } = given.fulfillment;
  const settings = { apiUrl, keysUrl, timeoutMs, token: () => resolveSecret(token, environment) };
  const guard = createGuard('fulfillment', { maxConcurrent: 32, breakAfter: 1_000 });
  return {
    name,
    config: given,
    environment,
    receiverUrl,
    org: { tenant: name, config: given, environment, timeoutMs },
    provider: createSend(() => settings, guard)(name),
    lowStock,
    now,
    timeoutMs,
  };
}
