import type { KeyObject } from 'node:crypto';

import type { Logger } from '@keycourier/runtime/logger';
import type { Pool, PoolClient } from 'pg';

import type { SendPinMail } from './preregistration/pin-mail.ts';
import { inTransaction } from './store/database.ts';
import type { Sealing } from './store/sealing.ts';
import type { OrgIdentity, Settings } from './store/settings.ts';

/** The dependencies of all handlers; created once, by org.ts. */
export interface Org {
  db: Pool;
  /** Host of the org's issuer and default RP ID, such as `acme.okta.example`. */
  issuerHost: string;
  identity: OrgIdentity;
  settings: Settings;
  sealing: Sealing;
  logger: Logger;
  /** Undefined if the org has no mail server. */
  sendPinMail: SendPinMail | undefined;
  /** Signs access tokens; created with the first one. */
  tokenKey: () => Promise<KeyObject>;
  /** Notifies the deliverer and the provisioner that there may be events to send, or tasks to do. */
  wakeDeliveries: () => void;
  now: () => Date;
  /** Aborted when the org stops. */
  stopping: AbortSignal;
}

/** Commits a change together with its events, then wakes the deliverer. */
export async function changeOrg<Result>(org: Org, work: (tx: PoolClient) => Promise<Result>): Promise<Result> {
  const result = await inTransaction(org.db, work);
  org.wakeDeliveries();
  return result;
}
