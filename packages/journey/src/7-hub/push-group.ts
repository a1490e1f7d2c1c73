import {
  changesForGroup,
  changesForMembers,
  type FoundGroup,
  type FoundInHub,
  type GroupChange,
  type GroupProblem,
  type MemberChanges,
} from '../hub/group-changes.ts';
import type { Context } from '../ports/context.ts';
import { ConnectorError } from '../ports/errors.ts';
import type { GroupAttempt } from '../ports/hub-groups.ts';
import { hubNameOf } from '../ports/hub.ts';
import { done, type Outcome } from '../steps/outcome.ts';

/**
 * Makes the hub have a group of the spoke: makes or links it, lets its name follow, and compares the members of both sides
 * page by page. Those that differ are written by `push-members`, which this makes due.
 */
export async function pushGroup(context: Context, attempt: GroupAttempt): Promise<Outcome> {
  const { identity, groups } = context;
  const hub = { name: hubNameOf(attempt.tenant), org: await identity.hostOf(hubNameOf(attempt.tenant)) };
  const wanted = attempt.isDeleting ? null : await identity.findGroup(attempt.tenant, attempt.groupId);
  const found = await findInHub(context, attempt, { hub, wanted });
  const id = found.target === null || found.target === 'several' ? null : found.target.id;
  const isShared = id !== null && (await groups.isShared(attempt, { org: hub.org, groupId: id }));
  const plan = changesForGroup(wanted, found, { ...attempt, hubGroupId: knownIn(hub, attempt), isShared });
  const name = wanted?.name ?? null;
  if (plan.outcome === 'refused') return end(context, attempt, { name, problem: plan.problem });
  const applied = await apply(context, { attempt, hub }, plan.changes);
  if (attempt.isDeleting) return end(context, attempt, { name, ...applied, isEnded: applied.problem === null });
  const hubGroupId = applied.hubGroupId ?? knownIn(hub, attempt);
  const members = hubGroupId === null ? null : await compareMembers(context, { attempt, hub }, hubGroupId);
  return end(context, attempt, { name, ...applied, members });
}

interface Hub {
  /** As calls name it. */
  name: string;
  /** Its host. */
  org: string;
}

/** What was linked in another hub is linked anew, also where it is the same org under another name. */
const knownIn = ({ org }: Hub, { hubOrg, hubGroupId, isDeleting }: GroupAttempt): string | null =>
  hubOrg === org || isDeleting ? hubGroupId : null;

interface Work {
  attempt: GroupAttempt;
  hub: Hub;
}

async function end(
  { groups }: Context,
  attempt: GroupAttempt,
  result: {
    name: string | null;
    problem: GroupProblem | null;
    wrote?: boolean;
    members?: MemberChanges | null;
    isEnded?: boolean;
  },
): Promise<Outcome> {
  const { name, problem, wrote = false, members = null, isEnded = false } = result;
  await groups.finish(attempt, { name, problem, wrote, members, isEnded });
  if (problem !== null) return done(problem);
  if (isEnded) return done('deleted in the hub');
  const { add, remove, waiting } = members ?? { add: [], remove: [], waiting: [] };
  return done(`to add ${add.length}, to remove ${remove.length}, waiting ${waiting.length}`);
}

async function findInHub(
  { identity }: Context,
  attempt: GroupAttempt,
  { hub, wanted }: { hub: Hub; wanted: FoundGroup | null },
): Promise<FoundInHub> {
  const { hubGroupId, target, reference } = attempt;
  const known = hubGroupId ?? reference.id;
  const found = known === null ? null : await identity.findGroup(hub.name, known);
  if (found !== null || knownIn(hub, attempt) !== null) return { target: found, named: null };
  if (reference.id !== null)
    return { target: known === reference.id ? null : await identity.findGroup(hub.name, reference.id), named: null };
  const name = target === 'existing' ? reference.name : (wanted?.name ?? null);
  if (name === null) return { target: null, named: null };
  const [one = null, ...others] = await identity.findGroupsNamed(hub.name, name);
  if (target === 'existing') return { target: others.length > 0 ? 'several' : one, named: null };
  return { target: null, named: one };
}

interface Applied {
  wrote: boolean;
  problem: GroupProblem | null;
  hubGroupId: string | null;
}

async function apply(context: Context, work: Work, changes: readonly GroupChange[]): Promise<Applied> {
  const applied: Applied = { wrote: false, problem: null, hubGroupId: null };
  try {
    for (const change of changes) {
      const linked = await write(context, work, change);
      if (linked === 'target_is_pushed') return { ...applied, problem: linked };
      applied.hubGroupId = linked?.hubGroupId ?? applied.hubGroupId;
      applied.wrote ||= change.kind !== 'link';
    }
    return applied;
  } catch (error) {
    return { ...applied, problem: problemOf(error) };
  }
}

type Linked = { hubGroupId: string } | 'target_is_pushed';

/** @returns the group of the hub that is meant from now on; null where it stays the same */
async function write(
  { identity, groups }: Context,
  { attempt, hub }: Work,
  change: GroupChange,
): Promise<Linked | null> {
  const link = async (hubGroupId: string): Promise<Linked> =>
    (await groups.link(attempt, { org: hub.org, groupId: hubGroupId })) ? { hubGroupId } : 'target_is_pushed';
  switch (change.kind) {
    case 'create':
      return link((await identity.createGroup(hub.name, change)).id);
    case 'link':
      return link(change.hubGroupId);
    case 'update':
      await identity.updateGroup(hub.name, { ...change, id: change.hubGroupId });
      return null;
    case 'delete':
      await identity.deleteGroup(hub.name, change.hubGroupId);
      return null;
  }
}

/** Throws what is to be repeated: no answer, a rate limit, a refused token. */
export function problemOf(error: unknown): GroupProblem {
  if (!(error instanceof ConnectorError)) throw error;
  const { fault, status, refusals } = error;
  if (fault === 'unauthorized' && status === 403) return 'missing_scope';
  if (fault === 'forbidden') return 'forbidden';
  if (fault === 'not_found') return 'gone_from_hub';
  if (fault !== 'refused') throw error;
  return refusals.some(({ field }) => field.replace(/^profile\./, '') === 'name') ? 'name_taken' : 'refused';
}

async function compareMembers(context: Context, { attempt, hub }: Work, hubGroupId: string): Promise<MemberChanges> {
  const spokeMembers = await listAll(context, attempt.tenant, attempt.groupId);
  const hubMembers = await listAll(context, hub.name, hubGroupId);
  const ids = { spoke: [...spokeMembers], hub: [...hubMembers] };
  return changesForMembers(spokeMembers, hubMembers, await context.groups.mirrorsOf(attempt, hub.org, ids));
}

async function listAll({ identity }: Context, org: string, groupId: string): Promise<ReadonlySet<string>> {
  const found = new Set<string>();
  let page: string | null = null;
  do {
    const { ids, next } = await identity.listMembers(org, groupId, page);
    for (const id of ids) found.add(id);
    page = next;
  } while (page !== null);
  return found;
}
