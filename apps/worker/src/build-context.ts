import { checkAddress } from '@keycourier/address/check-address';
import type { Config } from '@keycourier/config/config-file';
import type { Context } from '@keycourier/journey/ports/context';
import type { Ledger } from '@keycourier/ledger/connect-ledger';
import type { Logger } from '@keycourier/runtime/logger';

import { createConnectors } from './create-connectors.ts';
import { createDirectoryPort } from './directory-port.ts';
import type { WorkerEnvironment } from './environment.ts';
import { createLedgerPort, type CredentialOf } from './ledger-port.ts';
import type { WorkerMetrics } from './metrics.ts';
import type { Pace } from './pace.ts';
import type { Recovery } from './recovery.ts';
import { createRegistrationPort } from './registration-port.ts';
import { tenantsOf } from './tenants.ts';

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
  const connectors = await createConnectors(config, parts.secrets, {
    timeoutMs: environment.CONNECTOR_TIMEOUT_MS,
    pinCopyKeyPath: environment.pinCopyKeyPath,
    resilienceOf: (service) => ({
      ...recovery.resilienceOf(service),
      // Okta's answers say more, of each of its limits.
      ...(service === 'okta' ? {} : { onLimited: (name, retryAfterMs) => pace.onLimited(name, service, retryAfterMs) }),
    }),
    onOktaLimit: pace.onOktaLimit,
  });
  const raised = new Set<string>();
  return {
    now: () => new Date(),
    tenant,
    ledger: createLedgerPort(ledger, { leaseMs: environment.LEASE_MS, tenant, credentialOf }),
    registrations: createRegistrationPort(ledger, environment.LEASE_MS),
    directory: createDirectoryPort(ledger),
    ...connectors,
    checkAddress,
    alarm: (code, detail) => {
      if (isRaisedOnce(code) && isKnown(raised, `${code} ${detail['tenant'] ?? ''}`)) return;
      metrics.alarms.inc({ code });
      logger.error({ alarm: code, ...detail }, 'an operator should look at this');
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
