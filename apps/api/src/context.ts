import type { CatchUpSettings } from '@keycourier/config/catch-up';
import type { SignInConfig } from '@keycourier/config/console';
import type { RegistrationConfig } from '@keycourier/config/registration';
import type { Mode } from '@keycourier/http/find-caller';
import { createLimits, type LimitSettings } from '@keycourier/http/limits';
import type { ServeContext } from '@keycourier/http/serve';
import type { AddressOverrides, PinPolicy, Product } from '@keycourier/journey/model/tenant';
import { listKeyHashes } from '@keycourier/ledger/api-keys/list-key-hashes';
import { hasSchema, type Ledger } from '@keycourier/ledger/connect-ledger';
import { standardRetention } from '@keycourier/ledger/retention/policy';
import { createUploadShares, type UploadLimits, type UploadShares } from '@keycourier/operations/batches/upload-shares';
import { configuredHub, type ConfiguredHub } from '@keycourier/operations/hub/hub-state';
import { createAccessLog } from '@keycourier/runtime/access-log';
import type { Contention } from '@keycourier/runtime/contention';
import { createHeldAnswers } from '@keycourier/runtime/held-answers';
import type { Logger } from '@keycourier/runtime/logger';
import { createOutageLog, type OutageLog } from '@keycourier/runtime/outage-log';
import type { ReadyCheck } from '@keycourier/runtime/probes';
import { createTenantShares } from '@keycourier/runtime/tenant-shares';
import type { Registry } from 'prom-client';

import { createBatchLimiter } from './batches/batch-limiter.ts';
import type { WriteBatch } from './batches/batch-to-write.ts';
import { createApiMetrics } from './metrics.ts';

/** What the API needs to know of a tenant. None of its secrets are resolved here. */
/** Where registrations are written: the names in the config. */
export interface RegistrationSettings {
  attribute: string | null;
  group: string | null;
}

export interface TenantSettings {
  name: string;
  products: readonly Product[];
  pinPolicy: PinPolicy;
  addressOverrides: AddressOverrides;
  catchUp: Pick<CatchUpSettings, 'enabled' | 'hookGrace'>;
  /** The tenant's own org. */
  orgUrl: string;
  /** The hub that the config file names; null where it names none. */
  hub: ConfiguredHub | null;
  /** Null where the tenant writes no registrations. */
  registration: RegistrationSettings | null;
  /** The same in its hub. */
  hubRegistration: RegistrationSettings | null;
  /** Whether memberships of a group with this name make shipments. */
  isTriggerGroup: (displayName: string) => boolean;
  /** How long audit entries have who acted and why. */
  auditDays: number;
}

/** What is read of a tenant of keycourier.yaml. */
interface TenantConfig {
  products: readonly Product[];
  pin: PinPolicy;
  addresses: { overrides: AddressOverrides };
  catchUp: TenantSettings['catchUp'];
  okta: { orgUrl: string };
  hub?: Parameters<typeof configuredHub>[0];
  registration?: RegistrationConfig | undefined;
  hubRegistration?: RegistrationConfig | undefined;
  groups: readonly { name?: string | undefined }[];
  retention?: { auditDays: number } | undefined;
}

/** Everything that a handler may use. The ledger is its only remote service. */
export interface Context extends ServeContext<TenantSettings> {
  checks: Readonly<Record<string, ReadyCheck>>;
  /** Where the base URLs of SCIM connections begin, without a slash at the end. */
  scimUrl: string;
  /** The database's. */
  outages: OutageLog;
  uploads: UploadShares;
  /** How operators sign in to the console; undefined where they do not with Okta. */
  signIn: SignInConfig | undefined;
  /** Waits for the tenant's other batches, without a connection. */
  writeBatch: WriteBatch;
}

/** What one tenant may take of the process at most. */
export interface TenantShareSettings extends UploadLimits {
  /** Of the connections for requests. */
  connectionsPerTenant: number;
  /** A request that waits longer for its share is refused, while someone still waits for the answer. */
  maxWaitMs: number;
}

/** The defaults (docs/limits.md). */
export const standardShares: TenantShareSettings = {
  connectionsPerTenant: 4,
  maxWaitMs: 1_500,
  uploadsPerTenant: 4,
  maxMebibytes: 384,
};

/** Requests of a tenant that wait for its share; of more, each is refused at once. */
const maxWaiting = 64;

export function createContext(options: {
  ledger: Ledger;
  writeBatch: WriteBatch;
  contention: Contention;
  tenants: Readonly<Record<string, TenantConfig>>;
  mode: Mode;
  limits: LimitSettings;
  shares?: Partial<TenantShareSettings>;
  signIn?: SignInConfig | undefined;
  scimUrl: string;
  metrics: Registry;
  logger: Logger;
}): Context {
  const { ledger, mode, logger } = options;
  const shares = { ...standardShares, ...options.shares };
  const { connectionsPerTenant: maxConcurrent, maxWaitMs } = shares;
  const { contention } = options;
  const batchLimiter = createBatchLimiter(4);
  return {
    ledger,
    tenants: new Map(Object.entries(options.tenants).map(([name, tenant]) => [name, settingsOf(name, tenant)])),
    mode,
    signIn: options.signIn,
    scimUrl: options.scimUrl,
    limits: createLimits(options.limits, () => listKeyHashes(ledger)),
    checks: { database: () => hasSchema(ledger.db) },
    metrics: createApiMetrics(options.metrics),
    writeBatch: (batch) => batchLimiter.run(batch.sender.tenant.name, () => options.writeBatch(batch)),
    contention,
    held: createHeldAnswers(),
    shares: createTenantShares({ maxWaiting, maxWaitMs, maxConcurrent, contention }),
    uploads: createUploadShares(shares),
    logger,
    accessLog: createAccessLog(logger),
    outages: createOutageLog({ store: 'database', logger, check: () => hasSchema(ledger.db) }),
  };
}

const settingsOf = (
  name: string,
  { products, pin, addresses, catchUp, okta, hub, groups, retention = standardRetention, ...config }: TenantConfig,
): TenantSettings => ({
  name,
  products: products.map(withoutPurpose),
  pinPolicy: pin,
  addressOverrides: addresses.overrides,
  catchUp,
  orgUrl: okta.orgUrl,
  hub: configuredHub(hub),
  registration: registrationOf(config.registration),
  hubRegistration: registrationOf(config.hubRegistration),
  isTriggerGroup: (displayName) => groups.some((group) => group.name === displayName),
  auditDays: retention.auditDays,
});

function registrationOf(config: RegistrationConfig | undefined): RegistrationSettings | null {
  if (config === undefined) return null;
  const { attribute, group } = config;
  return { attribute: attribute?.name ?? null, group: group?.id ?? group?.name ?? null };
}

/** A request names its purpose itself. */
const withoutPurpose = ({ productId, inventoryProductId, customizationId }: Product): Product => ({
  productId,
  inventoryProductId,
  customizationId,
});
