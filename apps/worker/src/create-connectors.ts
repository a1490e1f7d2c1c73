import { readFile } from 'node:fs/promises';

import type { Config } from '@keycourier/config/config-file';
import { refuseGenerated } from '@keycourier/config/generated';
import { parsePinCopyKeys, type PinCopyKey } from '@keycourier/config/key-files/pin-copy-keys';
import { resolveSecret } from '@keycourier/config/secrets';
import type { TenantConfig } from '@keycourier/config/tenant';
import { createFulfillmentPort } from '@keycourier/connectors/fulfillment/create-fulfillment-port';
import type { FulfillmentSettingsOf } from '@keycourier/connectors/fulfillment/settings';
import { createHrisPort } from '@keycourier/connectors/hris/create-hris-port';
import { createMailPort } from '@keycourier/connectors/mail/create-mail-port';
import { connectOrgs, type ConnectedOrgs } from '@keycourier/connectors/okta/connect-orgs';
import { createOktaPort } from '@keycourier/connectors/okta/create-okta-port';
import { createHubPort } from '@keycourier/connectors/okta/hub/create-hub-port';
import { createImportCalls } from '@keycourier/connectors/okta/hub/create-import-calls';
import { createPasswords } from '@keycourier/connectors/okta/hub/temporary-password';
import type { Caller } from '@keycourier/connectors/okta/rate-limits';
import { createRelyingParties } from '@keycourier/connectors/okta/relying-party';
import {
  standardScopes,
  type OktaAuth,
  type OktaSettings,
  type OktaSettingsOf,
} from '@keycourier/connectors/okta/settings';
import type { ResilienceOptions } from '@keycourier/connectors/resilience';
import type { Context } from '@keycourier/journey/ports/context';
import type { Service } from '@keycourier/journey/ports/errors';
import { ProcessError } from '@keycourier/runtime/errors';
import { smtpUrl } from '@keycourier/runtime/service-url';

import { createOrgSettings } from './hub-settings.ts';
import type { Pace } from './pace.ts';
import { readHris } from './read-hris.ts';
import { configOf } from './tenants.ts';

interface ConnectorOptions {
  timeoutMs: number;
  pinCopyKeyPath: string;
  resilienceOf?: (service: Service) => Partial<ResilienceOptions>;
  onOktaLimit?: Pace['onOktaLimit'];
  /** How to reach a tenant's hub; null where none is known. */
  hubSettingsOf?: (tenant: string) => Promise<OktaSettings | null>;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** The ports whose calls count in the rate limits of Okta orgs. */
export type OktaPorts = Pick<Context, 'identity' | 'hub' | 'importCalls'>;

export interface Connectors extends Pick<Context, 'hris' | 'fulfillment' | 'mail'> {
  /** Made for each job, at no measurable cost: what all share is in the connection to the orgs. */
  calledBy: (caller: Caller) => OktaPorts;
  hubOrgOf: OktaPorts['hub']['hubOrgOf'];
}

/**
 * The connectors, each with every tenant's own credentials.
 * @throws ProcessError `bad_config` when a tenant mails PINs itself and the key that decrypts their copies is missing, or
 * when a tenant's HRIS mapping cannot be used
 */
export async function createConnectors(
  config: Config,
  environment: Environment,
  options: ConnectorOptions,
): Promise<Connectors> {
  const { timeoutMs, resilienceOf = () => ({}), onOktaLimit, hubSettingsOf = async () => null } = options;
  const isMailing = Object.values(config.tenants).some(({ pin }) => pin.channel === 'smtp');
  const pinCopyPrivateKeys = isMailing ? await readPinCopyKeys(options.pinCopyKeyPath, environment) : [];
  const smtpUrls = await resolveSmtpUrls(config, environment);
  const { settingsOf, hubOrgOf } = createOrgSettings(oktaSettings(config, environment, timeoutMs), hubSettingsOf);
  const orgs = connectOrgs(settingsOf, { resilience: resilienceOf('okta'), onLimit: onOktaLimit });
  return {
    calledBy: oktaPorts(orgs, hubOrgOf),
    hubOrgOf,
    hris: createHrisPort(readHris(config, environment, timeoutMs), { resilience: resilienceOf('hris') }),
    fulfillment: createFulfillmentPort(fulfillmentSettings(config, environment, timeoutMs), {
      resilience: resilienceOf('fulfillment'),
    }),
    mail: createMailPort(
      (tenant) => {
        const { mail, fulfillment } = configOf(config, tenant);
        const url = smtpUrls.get(tenant);
        if (mail === undefined || url === undefined)
          throw new ProcessError('bad_config', `The tenant ${tenant} has no mail server`);
        const acceptsUnsignedPinCopies = fulfillment.unsignedPinCopies === 'accept';
        const smtp = { url, plain: mail.plain };
        return { smtp, from: mail.from, pinCopyPrivateKeys, acceptsUnsignedPinCopies, timeoutMs };
      },
      { resilience: resilienceOf('mail') },
    ),
  };
}

function oktaPorts(orgs: ConnectedOrgs, hubOrgOf: Connectors['hubOrgOf']): Connectors['calledBy'] {
  const relyingPartyOf = createRelyingParties();
  const makePassword = createPasswords();
  return (caller) => {
    const ofCaller = orgs.calledBy(caller);
    const options = { orgs: ofCaller, hubOrgOf, makePassword };
    return {
      identity: createOktaPort(ofCaller, relyingPartyOf),
      hub: createHubPort(options),
      importCalls: createImportCalls(options),
    };
  };
}

/** How to reach each tenant's account at the provider. */
export function fulfillmentSettings(
  config: Config,
  environment: Environment,
  timeoutMs: number,
): FulfillmentSettingsOf {
  return (tenant) => {
    const { apiUrl, keysUrl, token } = configOf(config, tenant).fulfillment;
    return { apiUrl, keysUrl, timeoutMs, token: () => resolveSecret(token, environment) };
  };
}

/** How to reach each tenant's org. */
export function oktaSettings(config: Config, environment: Environment, timeoutMs: number): OktaSettingsOf {
  return (tenant) => {
    const { okta, registration } = configOf(config, tenant);
    const { orgUrl, rpId, rateLimitShare } = okta;
    const scopes = registration?.group === undefined ? undefined : [...standardScopes, 'okta.groups.manage'];
    return { orgUrl, rpId, rateLimitShare, timeoutMs, auth: oktaAuth(okta.auth, environment, scopes) };
  };
}

/** Without `scopes` a service app asks for those of the port. */
export function oktaAuth(
  auth: TenantConfig['okta']['auth'],
  environment: Environment,
  scopes?: readonly string[],
): OktaAuth {
  if ('token' in auth) return { token: () => resolveSecret(auth.token, environment) };
  const { clientId, keyId, privateKey: reference } = auth;
  return { clientId, keyId, scopes, privateKey: () => resolveSecret(reference, environment) };
}

async function resolveSmtpUrls(config: Config, environment: Environment): Promise<ReadonlyMap<string, string>> {
  const urls = Object.entries(config.tenants).map(async ([name, { mail }]): Promise<[string, string][]> => {
    if (mail === undefined) return [];
    const url = typeof mail.smtp === 'string' ? mail.smtp : await resolveSecret(mail.smtp, environment);
    return [[name, smtpUrl.parse(url)]];
  });
  return new Map((await Promise.all(urls)).flat());
}

async function readPinCopyKeys(path: string, environment: Environment): Promise<readonly PinCopyKey[]> {
  const text = await readFile(path, 'utf8').catch((cause: unknown) => {
    throw new ProcessError('bad_config', `The key that decrypts PIN copies cannot be read (${path})`, { cause });
  });
  refuseGenerated(text, environment['KEYCOURIER_MODE'], path);
  return parsePinCopyKeys(text, path);
}
