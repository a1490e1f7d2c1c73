import { checkAddress } from '@keycourier/address/check-address';
import type { Config } from '@keycourier/config/config-file';
import type { Caller } from '@keycourier/connectors/okta/rate-limits';
import type { ResilienceOptions } from '@keycourier/connectors/resilience';
import type { Context } from '@keycourier/journey/ports/context';
import type { Service } from '@keycourier/journey/ports/errors';
import { hubNameOf, tenantOfHub } from '@keycourier/journey/ports/hub';
import type { Ledger } from '@keycourier/ledger/connect-ledger';
import { findHubPerson, requireHubPerson } from '@keycourier/ledger/hub/key-people';
import type { Logger } from '@keycourier/runtime/logger';

import { createComparisonPort } from './comparison-port.ts';
import { createConnectors } from './create-connectors.ts';
import { createDirectoryPort } from './directory-port.ts';
import type { WorkerEnvironment } from './environment.ts';
import { createGroupPort } from './group-port.ts';
import { createMirrorPort, hubSettingsOf } from './hub-port.ts';
import { createImportPort } from './import-port.ts';
import { createLedgerPort, type CredentialOf } from './ledger-port.ts';
import type { WorkerMetrics } from './metrics.ts';
import type { Pace } from './pace.ts';
import type { Recovery } from './recovery.ts';
import { createRegistrationPort } from './registration-port.ts';
import { configOf, tenantsOf } from './tenants.ts';

/** Journey's ports on the real ledger and the real services, for what one caller does. */
export type ContextOf = (caller: Caller) => Context;

/** @throws ProcessError `bad_config` */
export async function buildContext(parts: {
  environment: WorkerEnvironment;
  secrets: NodeJS.ProcessEnv;
  config: Config;
  ledger: Ledger;
  logger: Logger;
  metrics: WorkerMetrics;
  recovery: Recovery;
  pace: Pace;
  credentialOf: CredentialOf;
}): Promise<ContextOf> {
  const { environment, config, ledger, logger, metrics, recovery, pace, credentialOf } = parts;
  const timeoutMs = environment.CONNECTOR_TIMEOUT_MS;
  const tenant = tenantsOf(config);
  const { calledBy, hubOrgOf, ...connectors } = await createConnectors(config, parts.secrets, {
    timeoutMs,
    pinCopyKeyPath: environment.pinCopyKeyPath,
    hubSettingsOf: hubOf(parts),
    resilienceOf: resilienceOn(recovery, pace),
    onOktaLimit: pace.onOktaLimit,
  });
  const shared = {
    now: () => new Date(),
    tenant,
    ledger: createLedgerPort(ledger, { leaseMs: environment.LEASE_MS, tenant, credentialOf }),
    registrations: createRegistrationPort(ledger, environment.LEASE_MS),
    groups: createGroupPort(ledger, environment.LEASE_MS, hubOrgOf),
    comparisons: createComparisonPort(ledger, environment.LEASE_MS),
    directory: createDirectoryPort(ledger),
    mirrors: createMirrorPort(ledger, environment.LEASE_MS, (name) => new URL(configOf(config, name).okta.orgUrl).host),
    imports: createImportPort(ledger),
    hubKeys: hubKeysOn(ledger),
    ...connectors,
    checkAddress,
    alarm: createAlarm(metrics, logger),
  };
  // Of spreads, the lease's copy of it would take twice as long.
  return (caller) => Object.assign({}, shared, calledBy(caller));
}

function createAlarm(metrics: WorkerMetrics, logger: Logger): Context['alarm'] {
  const raised = new Set<string>();
  return (code, detail) => {
    if (isRaisedOnce(code) && isKnown(raised, `${code} ${detail['tenant'] ?? ''}`)) return;
    metrics.alarms.inc({ code });
    logger.error({ alarm: code, ...detail }, 'an operator should look at this');
  };
}

interface HubParts {
  environment: WorkerEnvironment;
  secrets: NodeJS.ProcessEnv;
  config: Config;
  ledger: Ledger;
}

/** How to reach each tenant's hub. */
function hubOf({ environment, secrets, ...parts }: HubParts): (tenant: string) => ReturnType<typeof hubSettingsOf> {
  const { CONNECTOR_TIMEOUT_MS: timeoutMs, KEYCOURIER_MODE } = environment;
  return (tenant) => hubSettingsOf({ ...parts, environment: { ...secrets, KEYCOURIER_MODE }, timeoutMs }, tenant);
}

const resilienceOn =
  (recovery: Recovery, pace: Pace) =>
  (service: Service): Partial<ResilienceOptions> =>
    service === 'okta'
      ? // Okta's answers say more, of each of its limits.
        recoveryOfOrgs(recovery)
      : { ...recovery.resilienceOf(service), onLimited: (name, ms) => pace.onLimited(name, service, ms) };

const hubKeysOn = (ledger: Ledger): Context['hubKeys'] => ({
  requirePerson: (request, userId) => requireHubPerson(ledger, request, userId),
  findPerson: (tenant, userId) => findHubPerson(ledger, tenant, userId),
});

/** What is known of a tenant's hub is known by the hub's name in the connector, and as a service of the tenant in the ledger. */
export function recoveryOfOrgs(recovery: Recovery): ReturnType<Recovery['resilienceOf']> {
  const [own, ofHub] = [recovery.resilienceOf('okta'), recovery.resilienceOf('hub')];
  return {
    onAnswered: (name) => {
      own.onAnswered(name);
      const tenant = tenantOfHub(name);
      if (tenant === null) return;
      ofHub.onAnswered(tenant);
      ofHub.onAnswered(name);
    },
    onGuard: (guard) => {
      own.onGuard(guard);
      // Of a tenant, or of the queue of its hub, which has the hub's name.
      ofHub.onGuard({ close: (name) => guard.close(tenantOfHub(name) === null ? hubNameOf(name) : name) });
    },
  };
}

/** Of the settings, and the same for thousands of people: raised once by each worker. */
const isRaisedOnce = (code: string): boolean => code === 'welcome_mail_needs_mail_settings';

function isKnown(known: Set<string>, what: string): boolean {
  if (known.has(what)) return true;
  known.add(what);
  return false;
}
