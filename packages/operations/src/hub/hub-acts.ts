import type { NewAuditEntry } from '@keycourier/ledger/audit/entry';
import type { Ledger } from '@keycourier/ledger/connect-ledger';
import { assignToHub, unassignFromHub, type NewAssignment } from '@keycourier/ledger/hub/assignments';
import {
  createMapping,
  pauseMapping,
  pushNow,
  unlinkGroup,
  type NewMapping,
  type PushedGroup,
} from '@keycourier/ledger/hub/groups';
import { requirePeople } from '@keycourier/ledger/hub/mirrors';
import { compareAnew, requestComparison, type RequestedRun } from '@keycourier/ledger/hub/require-comparisons';
import {
  rejectImport,
  releaseImport,
  requestImport,
  type ImportRequest,
  type RequestedImport,
} from '@keycourier/ledger/hub/run-imports';
import { changeHubSettings, type LinkSettings, type SettingsChanges } from '@keycourier/ledger/hub/settings';
import { isHubSource } from '@keycourier/ledger/hub/sourcing';
import { requestHubTest, type HubTest } from '@keycourier/ledger/hub/tests';
import { priorities } from '@keycourier/ledger/outbox/add-messages';

/**
 * What is done to a hub, with its audit entry: an app does both in one transaction, and notifies the relay after its commit.
 * Acts on people and groups make messages; the other ones notify by themselves.
 */
export interface HubAct<Result> {
  work: (ledger: Ledger) => Promise<Result>;
  /** Null where nothing changed. */
  actOf: (result: Result) => Pick<NewAuditEntry, 'action' | 'subject' | 'detail'> | null;
}

const ofHub = (tenant: string) => ({ kind: 'hub', id: tenant });

export type Pushed<Result> =
  | { outcome: 'pushed'; result: Result }
  /** The hub is the source of the tenant's people: a link has one direction. */
  | { outcome: 'hub_is_source' };

/** An act that pushes something, unless the hub is the source, or becomes it at the same time. */
const push = <Result>(tenant: string, { work, actOf }: HubAct<Result>): HubAct<Pushed<Result>> => ({
  work: async (ledger) =>
    (await isHubSource(ledger.db, tenant))
      ? { outcome: 'hub_is_source' }
      : { outcome: 'pushed', result: await work(ledger) },
  actOf: (made) => (made.outcome === 'pushed' ? actOf(made.result) : null),
});

/** A worker runs the test; while one waits or runs, it is the one that is asked for. */
export const testOfHub = (tenant: string): HubAct<HubTest> => ({
  work: (ledger) => requestHubTest(ledger, tenant),
  actOf: () => ({ action: 'hub.tested', subject: ofHub(tenant) }),
});

/** Null where the settings have another revision by now; `two_directions` where the link would push to its source. */
export const changeOfSettings = (
  tenant: string,
  changes: SettingsChanges & { revision?: string | undefined },
): HubAct<LinkSettings | null | 'two_directions'> => ({
  work: (ledger) => changeHubSettings(ledger, tenant, changes),
  actOf: (settings) =>
    settings === null || settings === 'two_directions'
      ? null
      : { action: 'hub.settings_changed', subject: ofHub(tenant) },
});

interface People {
  tenant: string;
  /** Ids in the spoke. */
  userIds: readonly string[];
}

/** One whom the hub itself deactivated or deleted comes back. */
export const pushOfPeople = ({ tenant, ...people }: People): HubAct<Pushed<void>> => {
  const userIds = [...new Set(people.userIds)];
  return push(tenant, {
    work: ({ db }) => requirePeople(db, { tenant, userIds, priority: priorities.request, isForced: true }),
    actOf: () => ({ action: 'hub.people_pushed', subject: ofHub(tenant), detail: { people: userIds.length } }),
  });
};

/** One of the same kind that goes on is the one that is wanted, and changes nothing. */
export const startOfComparison = (
  tenant: string,
  how: { isDryRun: boolean; requestedBy: string },
): HubAct<RequestedRun> => ({
  work: ({ db }) => requestComparison(db, { tenant, kind: 'people', ...how }),
  actOf: ({ id, isNew }) =>
    isNew ? { action: 'hub.compared', subject: ofHub(tenant), detail: { comparison: id, dryRun: how.isDryRun } } : null,
});

type How = Pick<NewAssignment, 'initialStatus' | 'securityQuestion' | 'assignedBy'>;

export const assignmentOfPeople = ({ tenant, ...people }: People, how: How): HubAct<Pushed<void>> => {
  const userIds = [...new Set(people.userIds)].toSorted();
  return push(tenant, {
    work: async (ledger) => {
      for (const spokeId of userIds) await assignToHub(ledger, { ...how, tenant, kind: 'person', spokeId });
      await requirePeople(ledger.db, { tenant, userIds, priority: priorities.request });
    },
    actOf: () => ({ action: 'hub.assigned', subject: ofHub(tenant), detail: { people: userIds.length } }),
  });
};

/** Their members are pushed; a comparison finds out who they are. */
export const assignmentOfGroups = (
  { tenant, groupIds }: { tenant: string; groupIds: readonly string[] },
  assignedBy: string,
): HubAct<Pushed<void>> => {
  const ids = [...new Set(groupIds)].toSorted();
  const how = { tenant, kind: 'group', initialStatus: null, securityQuestion: null, assignedBy } as const;
  return push(tenant, {
    work: async (ledger) => {
      for (const spokeId of ids) await assignToHub(ledger, { ...how, spokeId });
      await compareAnew(ledger.db, { tenant, requestedBy: assignedBy });
    },
    actOf: () => ({ action: 'hub.assigned', subject: ofHub(tenant), detail: { groups: ids.length } }),
  });
};

/** False where the group is not assigned. Members who are not assigned otherwise are deactivated, where the link may do that. */
export const endOfGroupAssignment = (tenant: string, groupId: string, endedBy: string): HubAct<boolean> => ({
  work: async (ledger) => {
    const isFound = await unassignFromHub(ledger, { tenant, kind: 'group', spokeId: groupId });
    if (isFound) await compareAnew(ledger.db, { tenant, requestedBy: endedBy });
    return isFound;
  },
  actOf: (isFound) => (isFound ? { action: 'hub.unassigned', subject: ofHub(tenant), detail: { groups: 1 } } : null),
});

/** False where the person is not assigned. */
export const endOfAssignment = (tenant: string, userId: string): HubAct<boolean> => ({
  work: async (ledger) => {
    const isFound = await unassignFromHub(ledger, { tenant, kind: 'person', spokeId: userId });
    if (isFound) await requirePeople(ledger.db, { tenant, userIds: [userId], priority: priorities.request });
    return isFound;
  },
  actOf: (isFound) => (isFound ? { action: 'hub.unassigned', subject: ofHub(tenant), detail: { people: 1 } } : null),
});

/** Null where the group is pushed already. */
export const pushOfGroup = (mapping: NewMapping): HubAct<Pushed<PushedGroup | null>> =>
  push(mapping.tenant, {
    work: (ledger) => createMapping(ledger, mapping),
    actOf: (made) =>
      made === null ? null : { action: 'hub.group_pushed', subject: { kind: 'group', id: mapping.groupId } },
  });

type GroupReference = Parameters<typeof pushNow>[1];

const groupActs = {
  push: { action: 'hub.group_pushed_now', change: pushNow },
  pause: { action: 'hub.group_paused', change: pauseMapping },
  unlink: {
    action: 'hub.group_unlinked',
    change: (ledger: Ledger, group: GroupReference) => unlinkGroup(ledger, { ...group, deletesTarget: false }),
  },
  delete: {
    action: 'hub.group_deleted',
    change: (ledger: Ledger, group: GroupReference) => unlinkGroup(ledger, { ...group, deletesTarget: true }),
  },
} as const;

export type GroupActName = keyof typeof groupActs;

/** An act on a group that is pushed; false where the tenant has no such one. */
export function actOnGroup(name: GroupActName, group: GroupReference): HubAct<boolean> {
  const { action, change } = groupActs[name];
  return {
    work: (ledger) => change(ledger, group),
    actOf: (isDone) => (isDone ? { action, subject: { kind: 'pushed_group', id: group.id } } : null),
  };
}

/** An import, or a dry run of one, that a worker makes. */
export const importFromHub = (wanted: ImportRequest): HubAct<RequestedImport> => ({
  work: (ledger) => requestImport(ledger, wanted),
  actOf: (requested) =>
    requested.outcome === 'requested' && requested.isNew
      ? {
          action: wanted.isDryRun ? 'hub.import_previewed' : 'hub.import_requested',
          subject: { kind: 'import', id: requested.id },
        }
      : null,
});

const decisions = {
  release: { action: 'hub.import_released', change: releaseImport },
  reject: { action: 'hub.import_rejected', change: rejectImport },
} as const;

export type ImportDecision = keyof typeof decisions;

/** What an operator decides about an import that is held; false where the tenant has no such one. */
export function decideOnImport(name: ImportDecision, run: { tenant: string; id: string }): HubAct<boolean> {
  const { action, change } = decisions[name];
  return {
    work: (ledger) => change(ledger, run),
    actOf: (isDone) => (isDone ? { action, subject: { kind: 'import', id: run.id } } : null),
  };
}
