import type { Tenant } from '../model/tenant.ts';
import type { CheckAddress } from './address.ts';
import type { DirectoryPort } from './directory.ts';
import type { FulfillmentPort } from './fulfillment.ts';
import type { HrisPort } from './hris.ts';
import type { ComparisonPort } from './hub-comparisons.ts';
import type { GroupPushPort } from './hub-groups.ts';
import type { ImportCalls, ImportPort } from './hub-imports.ts';
import type { HubKeysPort } from './hub-keys.ts';
import type { HubCalls, MirrorPort } from './hub.ts';
import type { IdentityPort } from './identity.ts';
import type { LedgerPort } from './ledger.ts';
import type { MailPort } from './mail.ts';
import type { RegistrationPort } from './registration.ts';

/** The ports that the steps use, as plain function types. Those that call a remote service throw ConnectorError alone. */
export interface Context {
  now: () => Date;
  /** @throws JourneyError `unknown_tenant` */
  tenant: (name: string) => Tenant;
  ledger: LedgerPort;
  registrations: RegistrationPort;
  mirrors: MirrorPort;
  groups: GroupPushPort;
  comparisons: ComparisonPort;
  directory: DirectoryPort;
  /** Of a tenant's own org; and of its hub, by the name that hubNameOf() gives it. */
  identity: IdentityPort;
  hub: HubCalls;
  hubKeys: HubKeysPort;
  /** People whose source is the hub. */
  imports: ImportPort;
  importCalls: ImportCalls;
  hris: HrisPort;
  fulfillment: FulfillmentPort;
  mail: MailPort;
  checkAddress: CheckAddress;
  /** Something an operator should look at, though no shipment needs them: a log line and a counter. Ids and codes only. */
  alarm: (code: string, detail: Readonly<Record<string, string | number | null>>) => void;
}
