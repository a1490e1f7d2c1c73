import type { TenantConfig } from '@keycourier/config/config-file';
import type { SendToProvider } from '@keycourier/connectors/fulfillment/send';

import type { Environment } from '../cli.ts';
import type { SetUp } from '../connection/read-tenants.ts';
import type { OrgAccess } from '../okta/open-org.ts';
import type { Finding } from './finding.ts';

/** What the checks of the set-up as a whole look at. */
export interface SetUpUnderCheck {
  setUp: SetUp;
  environment: Environment;
  /** Base URLs; null where nobody said where they are. */
  apiUrl: string | null;
  receiverUrl: string | null;
  apiKey: string | null;
  /** Some tenant mails PINs itself; null where the config file does not say. */
  isMailing: boolean | null;
  /** For one request; a check may need several. */
  timeoutMs: number;
}

/** What the checks of one tenant look at. */
export interface TenantUnderCheck {
  name: string;
  config: TenantConfig;
  environment: Environment;
  receiverUrl: string | null;
  org: OrgAccess;
  provider: SendToProvider;
  /** Under how many keys of a stock somebody should order more. */
  lowStock: number;
  now: Date;
  timeoutMs: number;
}

/** One thing that may be wrong by itself. A check never changes anything, and what it throws is its finding. */
export interface Check<Subject> {
  name: string;
  run: (subject: Subject) => Promise<Finding>;
}
