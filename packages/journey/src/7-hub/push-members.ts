import type { GroupProblem } from '../hub/group-changes.ts';
import type { Context } from '../ports/context.ts';
import { ConnectorError } from '../ports/errors.ts';
import type { DueMember, GroupAttempt, MemberEnd } from '../ports/hub-groups.ts';
import { hubNameOf } from '../ports/hub.ts';
import { done, type Outcome } from '../steps/outcome.ts';

/** Memberships that one job writes; then there is another one, so that other jobs of the stage have their turn. */
export const membersPerJob = 200;

/** How many are recorded together: so many are written again after a kill, which changes nothing. */
const recordedTogether = 20;

/** So many refusals in a row are about the group, not about its members. */
const refusedInARow = 5;

type LinkedAttempt = GroupAttempt & { hubGroupId: string };

/** Writes the memberships of a group that are due: of people who have a user in the hub, one call each. */
export async function pushMembers(context: Context, attempt: GroupAttempt): Promise<Outcome> {
  const { hubGroupId } = attempt;
  if (hubGroupId === null) {
    await context.groups.finishMembers(attempt, null);
    return done('waits for the group');
  }
  const due = await context.groups.dueMembers(attempt, membersPerJob);
  const problem = await pushEach(context, { ...attempt, hubGroupId }, due);
  const isMore = await context.groups.finishMembers(attempt, problem);
  return done(problem ?? (isMore ? 'more memberships are due' : 'no more memberships are due'));
}

/** @returns why none can be written; those that were are recorded, also where a call failed that is to be repeated */
async function pushEach(
  context: Context,
  attempt: LinkedAttempt,
  due: readonly DueMember[],
): Promise<GroupProblem | null> {
  const ends: MemberEnd[] = [];
  const record = async (): Promise<void> => context.groups.recordMembers(attempt, ends.splice(0));
  let refusals = 0;
  try {
    for (const member of due) {
      const end = await pushMember(context, attempt, member);
      if (end === 'gone_from_hub' || end === 'missing_scope') return end;
      refusals = end === 'forbidden' ? refusals + 1 : 0;
      if (refusals >= refusedInARow) return 'forbidden';
      ends.push({ userId: member.userId, version: member.version, end });
      if (ends.length >= recordedTogether) await record();
    }
    return null;
  } finally {
    if (ends.length > 0) await record();
  }
}

type Ended = MemberEnd['end'] | 'gone_from_hub' | 'missing_scope';

async function pushMember(context: Context, attempt: LinkedAttempt, member: DueMember): Promise<Ended> {
  const { id, tenant, groupId, hubGroupId } = attempt;
  const isMember = member.wanted ?? (await context.identity.isMember(tenant, groupId, member.userId));
  if (member.hubUserId === null) return isMember ? 'waits' : 'done';
  const write = { userId: member.hubUserId, groupId: hubGroupId, isMember, mark: `keycourier ${id}` };
  try {
    await context.identity.setMembership(hubNameOf(tenant), write);
    return 'done';
  } catch (error) {
    return endOf(context, attempt, { error, isMember });
  }
}

/** Throws what is to be repeated. A 404 is about the user or the group: whose, is read once. */
async function endOf(
  { identity }: Context,
  { tenant, hubGroupId }: LinkedAttempt,
  { error, isMember }: { error: unknown; isMember: boolean },
): Promise<Ended> {
  if (!(error instanceof ConnectorError)) throw error;
  const { fault, status } = error;
  if (fault === 'unauthorized' && status === 403) return 'missing_scope';
  if (fault === 'forbidden' || fault === 'refused') return fault;
  if (fault !== 'not_found') throw error;
  if ((await identity.findGroup(hubNameOf(tenant), hubGroupId)) === null) return 'gone_from_hub';
  return isMember ? 'user_gone_from_hub' : 'done';
}
