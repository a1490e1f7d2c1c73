import { stringify } from 'yaml';

import type { Keys } from './keys.ts';

/** The settings of one tenant that differ from the defaults. */
export interface TenantSpec {
  name: string;
  pin?: {
    recipient?: 'auto' | 'both';
    channel?: 'smtp' | 'okta';
    release?: 'on_activation' | 'on_delivery' | 'on_receipt';
  };
  maxRequestsInFlight?: number;
  /** The URL of a provider other than the stack's. */
  fulfillmentUrl?: string;
  /** A service app of the org; by default, an API token. */
  serviceApp?: { clientId: string; privateKeyFile: string };
  /** The name of the org that is its hub, where its keys are: a simulator of its own, which tenants may share. */
  hub?: string;
  catchUp?: { enabled?: boolean; every?: string; lookBack?: string; overlap?: string; hookGrace?: string };
  deactivationGrace?: string;
  /** The sources of the address; Okta by default, and an HRIS before it where there is one. */
  addressSources?: readonly ('hris' | 'okta' | 'scim')[];
  /** An HRIS whose addresses take precedence over Okta's. */
  hris?: { url: string; tokenFile: string };
  /** As in keycourier.yaml. */
  registration?: Readonly<Record<string, unknown>>;
}

export interface Services {
  oktaUrlOf: (tenant: string) => string;
  fulfillmentUrl: string;
  smtpUrl: string;
  /** The part `console` of the file. */
  console?: unknown;
}

/** The products that the simulated provider sells and the simulated org requests. */
const products = [
  { productId: '1', inventoryProductId: '106', customizationId: 'RXJN83' },
  { productId: '29', inventoryProductId: '106', customizationId: 'RXJN83' },
  { productId: '1', inventoryProductId: '107', customizationId: 'RXJN83', purpose: 'backup' },
  { productId: '29', inventoryProductId: '107', customizationId: 'RXJN83', purpose: 'backup' },
];

export const groups = [
  { name: 'YubiKey 5 NFC', productId: '1', inventoryProductId: '106' },
  { name: 'YubiKey 5C NFC', productId: '29', inventoryProductId: '106' },
];

/** keycourier.yaml for `local`, with references to secret files and with short times. */
export function configText(tenants: readonly TenantSpec[], keys: Keys, services: Services): string {
  const file = (name: Parameters<Keys['tokenPath']>[0], tenant: string): { file: string } => ({
    file: keys.tokenPath(name, tenant),
  });
  const entries = tenants.map((spec) => {
    const { name, pin, maxRequestsInFlight, fulfillmentUrl = services.fulfillmentUrl } = spec;
    return [
      name,
      {
        okta: { orgUrl: services.oktaUrlOf(name), auth: authOf(spec, file('oktaToken', name)) },
        ...(spec.hub === undefined ? {} : { hub: hubOf(spec, spec.hub, { keys, services }), keysIn: 'hub' }),
        ...optional(spec),
        hook: { secrets: [file('hookSecret', name)] },
        fulfillment: {
          apiUrl: `${fulfillmentUrl}/v1`,
          keysUrl: fulfillmentUrl,
          token: file('fulfillmentToken', name),
          pinCopy: true,
        },
        products,
        groups,
        pin: { recipient: 'auto', channel: 'smtp', release: 'on_activation', ...pin },
        mail: { from: `${name} security keys <keys@${name}.example>`, smtp: services.smtpUrl },
        catchUp: { every: '2s', overlap: '30s', hookGrace: '10s', ...spec.catchUp },
        polling: { firstAfter: '500ms', every: '1s' },
        reconcileAfter: '6s',
        maxRequestsInFlight: maxRequestsInFlight ?? 1,
      },
    ];
  });
  return stringify({ console: services.console, tenants: Object.fromEntries(entries) });
}

/** The parts that most tenants do not have. */
function optional({ hris, deactivationGrace, registration, addressSources }: TenantSpec): Record<string, unknown> {
  const sources = addressSources ?? (hris === undefined ? undefined : ['hris', 'okta']);
  return {
    ...(hris === undefined ? {} : { hris: hrisSettings(hris) }),
    ...(sources === undefined ? {} : { sources: { address: sources } }),
    ...(deactivationGrace === undefined ? {} : { deactivationGrace }),
    ...(registration === undefined ? {} : { registration }),
  };
}

const authOf = ({ serviceApp }: TenantSpec, token: { file: string }): unknown =>
  serviceApp === undefined
    ? { token }
    : { clientId: serviceApp.clientId, privateKey: { file: serviceApp.privateKeyFile } };

/** The service app of the hub that signs a tenant in there. */
export const hubClientId = (tenant: string): string => `0oaHub${tenant.replaceAll('-', '')}`;

const hubOf = (
  { name }: TenantSpec,
  hub: string,
  { keys, services }: { keys: Keys; services: Services },
): Record<string, unknown> => ({
  orgUrl: services.oktaUrlOf(hub),
  auth: { clientId: hubClientId(name), privateKey: { file: keys.hubKey(name).path } },
});

const hrisSettings = ({ url, tokenFile }: NonNullable<TenantSpec['hris']>): unknown => ({
  url,
  auth: { bearer: { file: tokenFile } },
  mapping: {
    streetAddress: 'home.street',
    city: 'home.town',
    state: 'home.region',
    zipCode: 'home.postcode',
    countryCode: '$uppercase(home.country)',
  },
});
