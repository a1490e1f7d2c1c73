import { createJoinLookups, type JoinLookups } from '@keycourier/http/join-lookups';
import { createLimits, hashOf, type Limits, type LimitSettings } from '@keycourier/http/limits';
import { hasSchema, type Ledger } from '@keycourier/ledger/connect-ledger';
import type { Connection } from '@keycourier/ledger/directory/connections/connection';
import { listTokenHashes } from '@keycourier/ledger/directory/connections/list-token-hashes';
import { ownerOf, tenantOf, type Origin } from '@keycourier/ledger/directory/scope';
import { createEach } from '@keycourier/ledger/directory/users/create-user';
import type { NewUser } from '@keycourier/ledger/directory/users/insert-people';
import type { StoredUser } from '@keycourier/ledger/directory/users/read-user';
import { mayPartSucceed } from '@keycourier/ledger/events/record-delivery';
import { createAccessLog, type AccessLog } from '@keycourier/runtime/access-log';
import { createContention, type Contention } from '@keycourier/runtime/contention';
import { createGroupCommits } from '@keycourier/runtime/group-commits';
import { createHeldAnswers, type HeldAnswers } from '@keycourier/runtime/held-answers';
import type { Logger } from '@keycourier/runtime/logger';
import { createOutageLog, type OutageLog } from '@keycourier/runtime/outage-log';
import type { ReadyCheck } from '@keycourier/runtime/probes';
import { createTenantShares, type ShareSettings, type TenantShares } from '@keycourier/runtime/tenant-shares';
import type { Registry } from 'prom-client';

import { createAnswerLog, type AnswerLog } from './http/answer-log.ts';
import { limitKeyOf } from './http/presented-token.ts';
import { createScimMetrics, type ScimMetrics } from './metrics.ts';

type Mode = 'local' | 'simulators' | 'production';

/** Everything that a handler may use. The ledger is its only remote service. */
export interface Context {
  ledger: Ledger;
  /** For tokens alone, with the short limits of requests: while the database is away, every request ends here, in two seconds. */
  tokenLedger: Ledger;
  /** Tokens that the local stack generates for itself are accepted in `local` only. */
  mode: Mode;
  /** `https://host/scim/v2` as clients call it, without a slash at the end; connections are below it. */
  baseUrl: () => string;
  /** Names of the tenants in the config: a connection of another is answered as an unknown one. */
  tenants: ReadonlySet<string>;
  /** Whether the tenant's config makes shipments for members of a group with this name or id. */
  isTriggerGroup: (tenant: string, group: { id: string; displayName: string }) => boolean;
  /** Of the connections to the database, and of what is read into memory for them. */
  shares: TenantShares;
  /** Of requests that create users together: of a tenant's, at most two statements run at once. */
  creations: TenantShares;
  /** Creates the new users of a connection that come at the same moment by one statement; null for one who is not new, or held. */
  createUser: (created: UserToCreate) => Promise<StoredUser | null>;
  contention: Contention;
  /** Of requests by connection, by tenant, and by address without a valid token. */
  limits: Limits;
  joinLookups: JoinLookups<Connection | null>;
  /** Refusals with 429. */
  held: HeldAnswers;
  checks: Readonly<Record<string, ReadyCheck>>;
  metrics: ScimMetrics;
  logger: Logger;
  accessLog: AccessLog;
  outages: OutageLog;
  answers: AnswerLog;
}

interface UserToCreate {
  origin: Origin;
  user: NewUser;
}

/** More than a client sends at once; the bodies of so many are read into memory. */
const standardCreationsPerTenant = 16;

/** Users in one statement at most, statements of a tenant at once, and how long one waits before another begins. */
const together = { users: 100, statements: 2, patienceMs: 25 } as const;

/** Of this process's ten connections to the database (docs/limits.md). */
export const standardConnectionsPerTenant = 4;

/** Requests of a tenant that wait for its share; Okta waits 60 s for an answer, Entra 30 s. */
const waiting = { maxWaiting: 64, maxWaitMs: 5_000 };

const standard = { maxWaitMs: waiting.maxWaitMs, connectionsPerTenant: standardConnectionsPerTenant };

export function createContext(options: {
  ledger: Ledger;
  tokenLedger: Ledger;
  mode: Mode;
  baseUrl: () => string;
  /** Of each tenant, the groups whose members get keys. */
  triggerGroups: ReadonlyMap<string, readonly { id?: string | undefined; name?: string | undefined }[]>;
  metrics: Registry;
  logger: Logger;
  limits: LimitSettings;
  connectionsPerTenant?: number;
  /** For the share of a tenant, and for the statement of a new user. */
  maxWaitMs?: number;
}): Context {
  const { ledger, logger, maxWaitMs, connectionsPerTenant: maxConcurrent } = { ...standard, ...options };
  const contention = createContention();
  return {
    ledger,
    tokenLedger: options.tokenLedger,
    mode: options.mode,
    baseUrl: options.baseUrl,
    tenants: new Set(options.triggerGroups.keys()),
    isTriggerGroup: (tenant, group) =>
      options.triggerGroups.get(tenant)?.some(({ id, name }) => id === group.id || name === group.displayName) === true,
    ...sharesOf({ ...waiting, maxWaitMs, maxConcurrent, contention }),
    createUser: createTogether(ledger, maxWaitMs),
    contention,
    limits: createLimits(options.limits, async () =>
      (await listTokenHashes(options.tokenLedger)).map(limitKeyOf).map(hashOf),
    ),
    joinLookups: createJoinLookups(),
    held: createHeldAnswers(),
    checks: { database: () => hasSchema(ledger.db) },
    metrics: createScimMetrics(options.metrics),
    logger,
    accessLog: createAccessLog(logger),
    outages: createOutageLog({ store: 'database', logger, check: () => hasSchema(ledger.db) }),
    answers: createAnswerLog(ledger, logger),
  };
}

const sharesOf = (settings: ShareSettings): Pick<Context, 'shares' | 'creations'> => ({
  shares: createTenantShares(settings),
  creations: createTenantShares({
    ...settings,
    maxConcurrent: Math.max(standardCreationsPerTenant, settings.maxConcurrent),
    maxConcurrentContended: settings.maxConcurrent,
  }),
});

/** A lane is a tenant's, so that one with many connections has no more of the pool than another. */
export function createTogether(ledger: Ledger, maxWaitMs = waiting.maxWaitMs): Context['createUser'] {
  const create = createGroupCommits<UserToCreate, StoredUser | null>({
    commit: async (_, [first, ...others]) =>
      first === undefined ? [] : createEach(ledger, first.origin, [first.user, ...others.map(({ user }) => user)]),
    sizeOf: () => 1 / together.users,
    kindOf: ({ origin }) => ownerOf(origin),
    mayPartSucceed,
    maxConcurrent: together.statements,
    patienceMs: together.patienceMs,
    maxWaitMs,
  });
  return (created) => create(tenantOf(created.origin), created);
}

/** Answers what has come, and resolves when nothing uses the database any more. */
export async function drainContext(
  { held, shares, creations }: Context,
  servers: readonly { close: () => Promise<void> }[],
): Promise<void> {
  held.close();
  await shares.drain(servers);
  // Where a server did not close in time.
  await creations.drain([]);
}

/** After the last answer, while the database is still there. */
export async function closeContext({ accessLog, answers, outages }: Context): Promise<void> {
  accessLog.close();
  await answers.close();
  outages.close();
}
