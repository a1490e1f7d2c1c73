import { checkAddress } from '@keycourier/address/check-address';
import type { Config } from '@keycourier/config/config-file';
import { createHubPort } from '@keycourier/connectors/okta/hub/create-hub-port';
import type { Context } from '@keycourier/journey/ports/context';
import type { HubCalls } from '@keycourier/journey/ports/hub';
import type { Ledger } from '@keycourier/ledger/connect-ledger';
import type { Logger } from '@keycourier/runtime/logger';

import { createConnectors, oktaSettings } from './create-connectors.ts';
import { createDirectoryPort } from './directory-port.ts';
import type { WorkerEnvironment } from './environment.ts';
import { createGroupPort } from './group-port.ts';
import { createMirrorPort, hubSettingsOf } from './hub-port.ts';
import { createHubSettings } from './hub-settings.ts';
import { createLedgerPort, type CredentialOf } from './ledger-port.ts';
import type { WorkerMetrics } from './metrics.ts';
import type { Pace } from './pace.ts';
import type { Recovery } from './recovery.ts';
import { createRegistrationPort } from './registration-port.ts';
import { configOf, tenantsOf } from './tenants.ts';

/** Journey's ports on the real ledger and the real services. @throws ProcessError `bad_config` */
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
}): Promise<Context> {
  const { environment, config, ledger, logger, metrics, recovery, pace, credentialOf } = parts;
  const tenant = tenantsOf(config);
  const hubs = hubsOf(parts);
  const connectors = await createConnectors(config, parts.secrets, {
    timeoutMs: environment.CONNECTOR_TIMEOUT_MS,
    pinCopyKeyPath: environment.pinCopyKeyPath,
    resilienceOf: (service) => ({
      ...recovery.resilienceOf(service),
      // Okta's answers say more, of each of its limits.
      ...(service === 'okta' ? {} : { onLimited: (name, retryAfterMs) => pace.onLimited(name, service, retryAfterMs) }),
    }),
    onOktaLimit: pace.onOktaLimit,
    oktaSettingsOf: hubs.settingsOf,
  });
  return {
    now: () => new Date(),
    tenant,
    ledger: createLedgerPort(ledger, { leaseMs: environment.LEASE_MS, tenant, credentialOf }),
    registrations: createRegistrationPort(ledger, environment.LEASE_MS),
    groups: createGroupPort(ledger, environment.LEASE_MS, hubs.load),
    directory: createDirectoryPort(ledger),
    mirrors: createMirrorPort(ledger, environment.LEASE_MS, (name) => new URL(configOf(config, name).okta.orgUrl).host),
    hub: createHub(parts),
    ...connectors,
    checkAddress,
    alarm: createAlarm(metrics, logger),
  };
}

function createAlarm(metrics: WorkerMetrics, logger: Logger): Context['alarm'] {
  const raised = new Set<string>();
  return (code, detail) => {
    if (isRaisedOnce(code) && isKnown(raised, `${code} ${detail['tenant'] ?? ''}`)) return;
    metrics.alarms.inc({ code });
    logger.error({ alarm: code, ...detail }, 'an operator should look at this');
  };
}

function hubsOf({
  environment: { CONNECTOR_TIMEOUT_MS: timeoutMs, KEYCOURIER_MODE },
  secrets,
  config,
  ledger,
}: Pick<Parameters<typeof createHub>[0], 'environment' | 'secrets' | 'config' | 'ledger'>) {
  const environment = { ...secrets, KEYCOURIER_MODE };
  return createHubSettings(
    (tenant) => hubSettingsOf({ ledger, config, environment, timeoutMs }, tenant),
    oktaSettings(config, secrets, timeoutMs),
  );
}

/** Beside the tenants' own orgs, with the same limits of what is sent at once. */
function createHub(parts: {
  environment: WorkerEnvironment;
  secrets: NodeJS.ProcessEnv;
  config: Config;
  ledger: Ledger;
  recovery: Recovery;
  pace: Pace;
}): HubCalls {
  const { config, ledger, recovery, pace } = parts;
  const timeoutMs = parts.environment.CONNECTOR_TIMEOUT_MS;
  const environment = { ...parts.secrets, KEYCOURIER_MODE: parts.environment.KEYCOURIER_MODE };
  const { onAnswered } = recovery.resilienceOf('okta');
  return createHubPort({
    spokeSettingsOf: oktaSettings(config, parts.secrets, timeoutMs),
    hubSettingsOf: (tenant) => hubSettingsOf({ ledger, config, environment, timeoutMs }, tenant),
    resilience: { onAnswered },
    onLimit: pace.onOktaLimit,
  });
}

/** Of the settings, and the same for thousands of people: raised once by each worker. */
const isRaisedOnce = (code: string): boolean => code === 'welcome_mail_needs_mail_settings';

function isKnown(known: Set<string>, what: string): boolean {
  if (known.has(what)) return true;
  known.add(what);
  return false;
}
