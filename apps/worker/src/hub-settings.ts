import type { OktaSettings, OktaSettingsOf } from '@keycourier/connectors/okta/settings';
import { hubNameOf } from '@keycourier/journey/ports/hub';

/** What a hub's service app needs; a token for a scope that was not granted is refused as a whole. */
const scopes: readonly string[] = ['okta.users.manage', 'okta.groups.manage'];

export interface HubSettingsCache {
  /** Reads how to reach a tenant's hub, which the API may have changed; false where there is none. */
  load: (tenant: string) => Promise<boolean>;
  /** Of a hub that was loaded, by its name; of any other name as before. */
  settingsOf: OktaSettingsOf;
}

/** Hubs beside the tenants' own orgs, each under its name. */
export function createHubSettings(
  read: (tenant: string) => Promise<OktaSettings | null>,
  settingsOf: OktaSettingsOf,
): HubSettingsCache {
  const known = new Map<string, OktaSettings>();
  return {
    load: async (tenant) => {
      const settings = await read(tenant);
      if (settings === null) known.delete(hubNameOf(tenant));
      else known.set(hubNameOf(tenant), { ...settings, auth: { scopes, ...settings.auth } });
      return settings !== null;
    },
    settingsOf: (name) => known.get(name) ?? settingsOf(name),
  };
}
