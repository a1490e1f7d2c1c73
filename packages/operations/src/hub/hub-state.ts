import type { Ledger } from '@keycourier/ledger/connect-ledger';
import { readHubLink, type HubLink } from '@keycourier/ledger/hub/links';
import { readHubTest, type HubTest } from '@keycourier/ledger/hub/tests';

/** The hub that keycourier.yaml names, without its secrets. */
export interface ConfiguredHub {
  orgUrl: string;
  auth: 'api_token' | 'service_app';
  /** Null with an API token. */
  clientId: string | null;
}

/** The part `hub` of a tenant in keycourier.yaml. */
interface HubConfig {
  orgUrl: string;
  auth: { clientId: string } | { token: unknown };
}

export function configuredHub(hub: HubConfig | undefined): ConfiguredHub | null {
  if (hub === undefined) return null;
  const { orgUrl, auth } = hub;
  return 'clientId' in auth
    ? { orgUrl, auth: 'service_app', clientId: auth.clientId }
    : { orgUrl, auth: 'api_token', clientId: null };
}

/** What is known of a tenant's hub. The config file has precedence over what the API named. */
export interface HubState {
  tenant: string;
  config: ConfiguredHub | null;
  link: HubLink | null;
  test: HubTest | null;
}

type Named = Pick<HubState, 'tenant' | 'config'>;

/** A test of another org, as the tenant's hub was before, says nothing of this one. */
export async function readHubState(ledger: Ledger, { tenant, config }: Named): Promise<HubState> {
  const [link, test] = [await readHubLink(ledger, tenant), await readHubTest(ledger, tenant)];
  const isOfOther = test !== null && test.orgUrl !== null && test.orgUrl !== (config ?? link)?.orgUrl;
  return { tenant, config, link, test: isOfOther ? null : test };
}

/** Whether someone named a hub: nothing is kept for one that does not exist. */
export async function hasHub(ledger: Ledger, { tenant, config }: Named): Promise<boolean> {
  return config !== null || (await readHubLink(ledger, tenant)) !== null;
}

/** Whether something can sign in to the hub: one that the API named needs its service app first. */
export const hasCredentials = ({ config, link }: Pick<HubState, 'config' | 'link'>): boolean =>
  config !== null || (link !== null && link.clientId !== null);
