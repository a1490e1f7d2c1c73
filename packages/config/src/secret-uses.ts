import type { Config } from './config-file.ts';
import type { SecretReference } from './secrets.ts';
import type { TenantConfig } from './tenant.ts';

export type SecretKind = 'hook' | 'token' | 'password' | 'private-key' | 'smtp-url';

/** A secret that the config file refers to, and the process that reads it. */
export interface SecretUse {
  /** Null for the console's. */
  tenant: string | null;
  /** The path below the tenant, or in the file: `okta.auth.token`. */
  key: string;
  reference: SecretReference;
  kind: SecretKind;
  reader: 'receiver' | 'worker' | 'console';
  /** Of the kind `smtp-url`: whether mail may be unencrypted. */
  plain?: boolean;
}

export const secretUses = (config: Config): SecretUse[] => [
  ...Object.entries(config.tenants).flatMap(([tenant, settings]) => secretUsesOf(tenant, settings)),
  ...consoleSecretUses(config),
];

/** Those that the console reads, which are of no tenant. */
export const consoleSecretUses = ({ console }: Config): SecretUse[] =>
  console?.signIn === undefined
    ? []
    : [
        {
          tenant: null,
          key: 'console.signIn.clientSecret',
          reference: console.signIn.clientSecret,
          kind: 'token',
          reader: 'console',
        },
      ];

/** Every secret of a tenant, with the process that needs it. */
export function secretUsesOf(tenant: string, { okta, hub, hook, fulfillment, hris, mail }: TenantConfig): SecretUse[] {
  const worker = { tenant, reader: 'worker' } as const;
  return [
    { ...worker, ...ofOkta('okta', okta.auth) },
    ...(hub === undefined ? [] : [{ ...worker, ...ofOkta('hub', hub.auth) }]),
    ...hook.secrets.map((reference, index): SecretUse => {
      return { tenant, reader: 'receiver', key: `hook.secrets[${index}]`, reference, kind: 'hook' };
    }),
    { ...worker, key: 'fulfillment.token', reference: fulfillment.token, kind: 'token' },
    ...(hris === undefined ? [] : [{ ...worker, ...ofHris(hris.auth) }]),
    ...(mail === undefined || typeof mail.smtp === 'string'
      ? []
      : [{ ...worker, key: 'mail.smtp', reference: mail.smtp, kind: 'smtp-url' as const, plain: mail.plain }]),
  ];
}

const ofOkta = (part: string, auth: TenantConfig['okta']['auth']): Pick<SecretUse, 'key' | 'reference' | 'kind'> =>
  'token' in auth
    ? { key: `${part}.auth.token`, reference: auth.token, kind: 'token' }
    : { key: `${part}.auth.privateKey`, reference: auth.privateKey, kind: 'private-key' };

type HrisAuth = NonNullable<TenantConfig['hris']>['auth'];

const ofHris = (auth: HrisAuth): Pick<SecretUse, 'key' | 'reference' | 'kind'> =>
  'bearer' in auth
    ? { key: 'hris.auth.bearer', reference: auth.bearer, kind: 'token' }
    : { key: 'hris.auth.basic.password', reference: auth.basic.password, kind: 'password' };
