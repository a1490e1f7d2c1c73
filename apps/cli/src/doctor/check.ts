import type { Config } from '@keycourier/config/config-file';
import type { TenantConfig } from '@keycourier/config/tenant';
import type { SendToProvider } from '@keycourier/connectors/fulfillment/send';

import type { Environment } from '../cli.ts';
import type { Setup } from '../connection/read-tenants.ts';
import type { OrgAccess } from '../okta/org-access.ts';
import type { Finding } from './finding.ts';

/** The input of the checks of the whole set-up. */
export interface SetupUnderCheck {
  setup: Setup;
  environment: Environment;
  /** Base URLs; null if not configured. */
  apiUrl: string | null;
  receiverUrl: string | null;
  /** Where SCIM clients reach keycourier, without a path. */
  scimUrl: string | null;
  apiKey: string | null;
  /** Null if the file is not readable. */
  config: Config | null;
  now: Date;
  /** For one request; a check may need several. */
  timeoutMs: number;
}

/** The input of the checks of one tenant. */
export interface TenantUnderCheck {
  name: string;
  config: TenantConfig;
  environment: Environment;
  receiverUrl: string | null;
  /** Null where no API and key are configured; the key may be another tenant's. */
  api: { url: string; key: string } | null;
  org: OrgAccess;
  provider: SendToProvider;
  /** Warn below this number of keys in a stock. */
  lowStock: number;
  now: Date;
  timeoutMs: number;
}

/** Checks one thing that can be wrong on its own. Never changes anything; an error that it throws is its finding. */
export interface Check<Subject> {
  name: string;
  run: (subject: Subject) => Promise<Finding>;
}
