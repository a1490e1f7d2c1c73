import type { KeyObject } from 'node:crypto';

import type { Logger } from '@keycourier/runtime/logger';
import type { Pool, PoolClient } from 'pg';

import type { SendPinMail } from './preregistration/pin-mail.ts';
import { inTransaction } from './store/database.ts';
import type { Sealing } from './store/sealing.ts';
import type { OrgIdentity, Settings } from './store/settings.ts';

/** All that a handler may use; built once, by org.ts. */
export interface Org {
  db: Pool;
  /** Host of the org's issuer and default RP ID, such as `acme.okta.example`. */
  issuerHost: string;
  identity: OrgIdentity;
  settings: Settings;
  sealing: Sealing;
  logger: Logger;
  /** Absent where the org has no mail server. */
  sendPinMail: SendPinMail | undefined;
  /** Signs access tokens; made when the first is asked for. */
  tokenKey: () => Promise<KeyObject>;
  /** Tells the deliverer that there may be something to send. */
  wakeDeliveries: () => void;
  now: () => Date;
}

/** A change and the events that tell of it commit together; only then are the hooks looked at. */
export async function changeOrg<Result>(org: Org, work: (tx: PoolClient) => Promise<Result>): Promise<Result> {
  const result = await inTransaction(org.db, work);
  org.wakeDeliveries();
  return result;
}
