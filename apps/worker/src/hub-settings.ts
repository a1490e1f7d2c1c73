import type { OktaSettings, OktaSettingsOf, ReadOktaSettings } from '@keycourier/connectors/okta/settings';
import { ConnectorError } from '@keycourier/journey/ports/errors';
import { tenantOfHub } from '@keycourier/journey/ports/hub';

/** What a hub's service app needs; a token for a scope that was not granted is refused as a whole. */
const hubScopes: readonly string[] = ['okta.users.manage', 'okta.groups.manage'];

/** For how long a hub's settings are not read again: one attempt makes several calls. */
const readAgainAfterMs = 2_000;

export interface OrgSettings {
  /**
   * Of a tenant's own org by its name, and of its hub by that one's.
   * @throws ConnectorError `unauthorized` where the tenant has no hub
   */
  settingsOf: ReadOktaSettings;
  /** The host of a tenant's hub, read anew: the API may have named another. Null where there is none. */
  hubOrgOf: (tenant: string) => Promise<string | null>;
}

/** How to reach each tenant's own org, and its hub with the tenant's share of rate limits. */
export function createOrgSettings(
  ownSettingsOf: OktaSettingsOf,
  readHub: (tenant: string) => Promise<OktaSettings | null>,
): OrgSettings {
  const known = new Map<string, { settings: OktaSettings; untilMs: number }>();
  const load = async (tenant: string): Promise<OktaSettings | null> => {
    const read = await readHub(tenant);
    if (read === null) {
      known.delete(tenant);
      return null;
    }
    const { auth, ...hub } = read;
    const { rateLimitShare } = ownSettingsOf(tenant);
    const settings = { ...hub, rateLimitShare, auth: 'token' in auth ? auth : { ...auth, scopes: hubScopes } };
    known.set(tenant, { settings, untilMs: performance.now() + readAgainAfterMs });
    return settings;
  };
  return {
    settingsOf: async (name) => {
      const tenant = tenantOfHub(name);
      if (tenant === null) return ownSettingsOf(name);
      const before = known.get(tenant);
      if (before !== undefined && before.untilMs > performance.now()) return before.settings;
      const settings = await load(tenant);
      if (settings === null) throw new ConnectorError({ service: 'hub', fault: 'unauthorized' }, 'no hub is named');
      return settings;
    },
    hubOrgOf: async (tenant) => {
      const settings = await load(tenant);
      return settings === null ? null : new URL(settings.orgUrl).host;
    },
  };
}
