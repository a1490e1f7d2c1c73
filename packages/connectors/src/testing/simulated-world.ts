import {
  runSimulator,
  acmeToken,
  type RunningSimulator,
} from '@keycourier/fulfillment-simulator/testing/running-simulator';
import { startOrg, token, type RunningOrg } from '@keycourier/okta-simulator/testing/running-org';

import type { FulfillmentSettings } from '../fulfillment/settings.ts';
import type { OktaSettings } from '../okta/settings.ts';
import { makePinCopyKeys, type PinCopyKeys } from './pin-copies.ts';
import { startInbox, type SmtpInbox } from './smtp-inbox.ts';

/** An org, a provider and a mail server, configured for one another as in production. */
export interface SimulatedWorld {
  org: RunningOrg;
  provider: RunningSimulator;
  inbox: SmtpInbox;
  pinCopyKeys: PinCopyKeys;
  okta: OktaSettings;
  fulfillment: FulfillmentSettings;
  close: () => Promise<void>;
}

export async function startWorld(): Promise<SimulatedWorld> {
  const inbox = await startInbox();
  const pinCopyKeys = await makePinCopyKeys('copy-1');
  const { kty, crv, x, y, kid } = pinCopyKeys.publicKey;
  const pinCopyKey = { kty: 'EC', crv: 'P-256', kid: kid ?? '', x: x ?? '', y: y ?? '' } as const;
  if (kty !== pinCopyKey.kty || crv !== pinCopyKey.crv) throw new RangeError('a new PIN-copy key is on EC P-256');
  const org = await startOrg({ smtpUrl: inbox.url });
  const provider = await runSimulator({ config: { organizations: [{ name: 'acme', token: acmeToken, pinCopyKey }] } });
  return {
    org,
    provider,
    inbox,
    pinCopyKeys,
    okta: { orgUrl: org.url, auth: { token: () => token } },
    fulfillment: { apiUrl: `${provider.url()}/v1`, keysUrl: provider.url(), token: () => acmeToken },
    close: async () => {
      await org.close();
      await provider.stop();
      await inbox.close();
    },
  };
}
