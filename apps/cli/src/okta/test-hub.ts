import type { TenantConfig } from '@keycourier/config/tenant';
import { readHubFacts } from '@keycourier/connectors/okta/hub/read-hub-facts';
import { judgeHub, type HubCheck } from '@keycourier/journey/hub/judge-hub';

import type { Environment } from '../cli.ts';
import { authOf, refuseUnusable } from './org-access.ts';

/**
 * Tests the credentials of a hub there.
 * @throws ProcessError `bad_config` for credentials that cannot be read
 */
export async function testHub({
  hub,
  environment,
  timeoutMs,
}: {
  hub: NonNullable<TenantConfig['hub']>;
  environment: Environment;
  timeoutMs: number;
}): Promise<HubCheck[]> {
  const auth = authOf(hub.auth, environment);
  await refuseUnusable(auth, 'hub.auth.privateKey');
  return judgeHub(await readHubFacts({ orgUrl: hub.orgUrl, timeoutMs, auth }));
}
