import type { LocalEnvironment } from '../environment.ts';
import type { TenantSpec } from './config-text.ts';
import type { Keys } from './keys.ts';

/** The apps that run as one process each and can be restarted alone. */
export const appNames = ['receiver', 'api', 'scim', 'worker', 'console'] as const;

export type AppName = (typeof appNames)[number];

/** A tenant with `ownOrg` has its own Okta simulator with an event hook; the others share the first one. */
export interface StackTenant extends TenantSpec {
  ownOrg?: boolean;
}

/** A user whom every org has from its first start, and the names of their groups. */
export interface SeededUser {
  status: 'ACTIVE';
  profile: Readonly<Record<string, string | null>>;
  groups: readonly string[];
}

/** The settings that all processes of a stack are started with. */
export interface StackSettings {
  environment: LocalEnvironment;
  dataDir: string;
  keys: Keys;
  databaseUrl: string;
  smtpUrl: string;
  tenants: readonly StackTenant[];
}
