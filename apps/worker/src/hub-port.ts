import type { Config } from '@keycourier/config/config-file';
import type { OktaSettings } from '@keycourier/connectors/okta/settings';
import type { MirrorPort } from '@keycourier/journey/ports/hub';
import type { Ledger } from '@keycourier/ledger/connect-ledger';
import { eraseQuestion, readAssignedGroups, readAssignment } from '@keycourier/ledger/hub/assignments';
import { postponeHub } from '@keycourier/ledger/hub/lease';
import { readHubCredentials } from '@keycourier/ledger/hub/links';
import { isOfInterest, mirrorLease, requireByEvent } from '@keycourier/ledger/hub/mirrors';
import {
  claimMirror,
  finishMirror,
  isMirrorOfOthers,
  linkMirror,
  noteCreating,
} from '@keycourier/ledger/hub/push-mirror';
import { readHubSettings } from '@keycourier/ledger/hub/settings';
import { priorities } from '@keycourier/ledger/outbox/add-messages';

import { oktaAuth } from './create-connectors.ts';

/** The people of hubs on Postgres. An attempt's lease lasts `leaseMs` unless it is renewed. */
export function createMirrorPort(
  ledger: Ledger,
  leaseMs: number,
  /** The host of a tenant's own org, which may be the hub of others. */
  orgOf: (tenant: string) => string,
): MirrorPort {
  const mayConcern = createInterest((tenant) => isOfInterest(ledger, { tenant, org: orgOf(tenant) }));
  return {
    require: async (tenant, event) => {
      const about = { tenant, org: orgOf(tenant), priority: priorities.event, ...event };
      if (await mayConcern(tenant)) await requireByEvent(ledger, about);
    },
    settings: (tenant) => readHubSettings(ledger, tenant),
    assignedGroups: (tenant) => readAssignedGroups(ledger, tenant),
    assignmentOf: (attempt) => readAssignment(ledger, attempt),
    claim: (id, dispatchId) => claimMirror(ledger, { id, dispatchId, leaseMs }),
    isOthers: (attempt, found) => isMirrorOfOthers(ledger, attempt, found),
    noteCreating: (attempt, login) => noteCreating(ledger, attempt, login),
    link: (attempt, found) => linkMirror(ledger, attempt, found),
    eraseQuestion: (attempt, question) => eraseQuestion(ledger, attempt, question),
    finish: (attempt, result) => finishMirror(ledger, attempt, result),
    postpone: ({ id, leaseId }, afterMs, failure) =>
      postponeHub(ledger, mirrorLease, { id, leaseId, afterMs, failure }),
  };
}

/** For how long a tenant that has people in a hub is not looked at again. */
const askAgainAfterMs = 2_000;

/** That a tenant has none is asked for each event: what changes just after its first assignment is pushed too. */
function createInterest(ask: (tenant: string) => Promise<boolean>): (tenant: string) => Promise<boolean> {
  const hasPeopleUntilMs = new Map<string, number>();
  return async (tenant) => {
    if ((hasPeopleUntilMs.get(tenant) ?? 0) > performance.now()) return true;
    const has = await ask(tenant);
    if (has) hasPeopleUntilMs.set(tenant, performance.now() + askAgainAfterMs);
    return has;
  };
}

/** How to reach a tenant's hub; null where it has none. The config file has precedence over what was named by API. */
export async function hubSettingsOf(
  {
    ledger,
    config,
    environment,
    timeoutMs,
  }: {
    ledger: Ledger;
    config: Config;
    environment: Readonly<Record<string, string | undefined>>;
    timeoutMs: number;
  },
  tenant: string,
): Promise<OktaSettings | null> {
  const hub = config.tenants[tenant]?.hub;
  if (hub !== undefined)
    return { orgUrl: hub.orgUrl, rpId: hub.rpId, timeoutMs, auth: oktaAuth(hub.auth, environment) };
  const link = await readHubCredentials(ledger, tenant);
  if (link === null) return null;
  const { orgUrl, clientId, privateKey } = link;
  return { orgUrl, timeoutMs, auth: { clientId, privateKey: () => privateKey } };
}
