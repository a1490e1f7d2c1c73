import type { Config } from '@keycourier/config/config-file';
import { groupTable } from '@keycourier/config/products';
import { sourcesOf } from '@keycourier/config/profile-sources';
import { registrationTarget } from '@keycourier/config/registration';
import type { TenantConfig } from '@keycourier/config/tenant';
import { fingerprintOf } from '@keycourier/journey/model/registration';
import type { Tenant } from '@keycourier/journey/model/tenant';
import { JourneyError } from '@keycourier/journey/ports/errors';
import { hubNameOf } from '@keycourier/journey/ports/hub';
import type { Retention } from '@keycourier/ledger/retention/policy';

/** The tenants as the steps see them, without credentials. */
export function tenantsOf(config: Config): (name: string) => Tenant {
  const tenants = new Map(Object.entries(config.tenants).map(([name, settings]) => [name, tenantOf(name, settings)]));
  return (name) => {
    const tenant = tenants.get(name);
    if (tenant === undefined) throw new JourneyError('unknown_tenant', `The config file has no tenant ${name}`);
    return tenant;
  };
}

/** @throws JourneyError `unknown_tenant` */
export function configOf(config: Config, name: string): TenantConfig {
  const settings = config.tenants[name];
  if (settings === undefined) throw new JourneyError('unknown_tenant', `The config file has no tenant ${name}`);
  return settings;
}

/** For how long each tenant keeps personal data and event bodies. */
export function retentionsOf(config: Config): Readonly<Record<string, Retention>> {
  return Object.fromEntries(Object.entries(config.tenants).map(([name, { retention }]) => [name, retention]));
}

/** Where registrations are written, by the name of the org: each tenant's and its hub's, of those that write them. */
export function registrationTargetsOf(config: Config): ReadonlyMap<string, string> {
  const orgs = Object.entries(config.tenants).flatMap(([name, { registration, hubRegistration }]) => [
    [name, registrationTarget(registration)] as const,
    [hubNameOf(name), registrationTarget(hubRegistration)] as const,
  ]);
  return new Map(orgs.flatMap(([org, target]) => (target === null ? [] : [[org, fingerprintOf(target)]])));
}

function tenantOf(name: string, settings: TenantConfig): Tenant {
  return {
    name,
    products: settings.products,
    groups: groupTable(settings),
    pin: settings.pin,
    polling: {
      firstAfterMs: settings.polling.firstAfter,
      everyMs: settings.polling.every,
      profileEveryMs: settings.polling.profileEvery,
      maxTransitDays: settings.polling.maxTransitDays,
    },
    reconcileAfterMs: settings.reconcileAfter,
    deactivationGraceMs: settings.deactivationGrace,
    mailsPeople: settings.mail !== undefined,
    deliveryType: settings.fulfillment.deliveryType,
    sources: sourcesOf(settings),
    keysIn: settings.keysIn,
    pinAddressesFrom: settings.pin.addressesFrom,
    registration: registrationTarget(settings.registration),
    hubRegistration: registrationTarget(settings.hubRegistration),
  };
}
