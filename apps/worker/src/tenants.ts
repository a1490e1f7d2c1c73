import { groupTable, type Config, type TenantConfig } from '@keycourier/config/config-file';
import { sourcesOf } from '@keycourier/config/profile-sources';
import type { Tenant } from '@keycourier/journey/model/tenant';
import { JourneyError } from '@keycourier/journey/ports/errors';
import type { Retention } from '@keycourier/ledger/retention/policy';

/** The tenants as the rooms know them, without credentials. */
export function tenantsOf(config: Config): (name: string) => Tenant {
  const tenants = new Map(Object.entries(config.tenants).map(([name, given]) => [name, tenantOf(name, given)]));
  return (name) => {
    const tenant = tenants.get(name);
    if (tenant === undefined) throw new JourneyError('unknown_tenant', `The config file has no tenant ${name}`);
    return tenant;
  };
}

/** @throws JourneyError `unknown_tenant` */
export function configOf(config: Config, name: string): TenantConfig {
  const given = config.tenants[name];
  if (given === undefined) throw new JourneyError('unknown_tenant', `The config file has no tenant ${name}`);
  return given;
}

/** For how long each tenant keeps what names a person. */
export function retentionsOf(config: Config): Readonly<Record<string, Retention>> {
  return Object.fromEntries(Object.entries(config.tenants).map(([name, { retention }]) => [name, retention]));
}

function tenantOf(name: string, given: TenantConfig): Tenant {
  return {
    name,
    products: given.products,
    groups: groupTable(given),
    pin: given.pin,
    polling: {
      firstAfterMs: given.polling.firstAfter,
      everyMs: given.polling.every,
      maxTransitDays: given.polling.maxTransitDays,
    },
    reconcileAfterMs: given.reconcileAfter,
    deliveryType: given.fulfillment.deliveryType,
    sources: sourcesOf(given),
  };
}
