import { z } from 'zod';

import { comparePerson, type KnownPerson, type ListedUser } from '../hub/compare-people.ts';
import { contentOf, isPresentAs } from '../hub/person-changes.ts';
import type { Context } from '../ports/context.ts';
import type { ComparisonAttempt, ComparisonNext, ComparedRow } from '../ports/hub-comparisons.ts';
import type { HubSettings } from '../ports/hub.ts';
import { done, type Outcome } from '../steps/outcome.ts';
import { problemOfPage } from './hub-problem.ts';

/** People who have no user in the hub, of whom one job decides so many. */
const unmatchedPerJob = 500;

interface Work {
  attempt: ComparisonAttempt;
  hubOrg: string;
  settings: HubSettings;
}

/**
 * Reads one page of a comparison: the spoke's people first, of whom hashes are kept, then the hub's, and then come those
 * who have no user there. Those who differ become due. Another job goes on where this one ends.
 */
export async function comparePage(context: Context, attempt: ComparisonAttempt): Promise<Outcome> {
  const { comparisons, hub, mirrors } = context;
  const hubOrg = await hub.hubOrgOf(attempt.tenant);
  if (hubOrg === null) return fail(context, attempt, 'no_hub');
  const settings = await mirrors.settings(attempt.tenant);
  if (attempt.settingsRevision !== null && attempt.settingsRevision !== settings.revision) {
    await comparisons.restart(attempt);
    return done('the settings have changed: it begins again');
  }
  try {
    return await readPage(context, { attempt, hubOrg, settings });
  } catch (error) {
    return fail(context, attempt, problemOfPage(error));
  }
}

async function fail({ comparisons }: Context, attempt: ComparisonAttempt, problem: string): Promise<Outcome> {
  await comparisons.end(attempt, { state: 'failed', problem });
  return done(problem);
}

async function end({ comparisons }: Context, attempt: ComparisonAttempt): Promise<Outcome> {
  await comparisons.end(attempt, { state: 'ended' });
  return done('ended');
}

async function readPage(context: Context, work: Work): Promise<Outcome> {
  switch (work.attempt.phase) {
    case 'pending':
    case 'spoke':
      return readSpoke(context, work);
    case 'hub':
      return readHub(context, work);
    case 'unmatched':
    // Of imports alone.
    case 'writing':
      return compareRest(context, work);
  }
}

const nextOf = ({ settings }: Work, phase: ComparisonNext['phase'], cursor: object | null): ComparisonNext => ({
  phase,
  cursor: cursor === null ? null : JSON.stringify(cursor),
  settingsRevision: settings.revision,
});

/** The members of each assigned group, and then the whole org, where people are assigned by themselves: a null group. */
const spokeCursor = z.strictObject({ groupId: z.string().nullable(), page: z.string().nullable() });

async function readSpoke(context: Context, work: Work): Promise<Outcome> {
  const { attempt, settings, hubOrg } = work;
  const { comparisons, hub, mirrors } = context;
  const groups = await mirrors.assignedGroups(attempt.tenant);
  const first = { groupId: groups[0] ?? null, page: null };
  const { groupId, page } = attempt.cursor === null ? first : spokeCursor.parse(JSON.parse(attempt.cursor));
  // Where no one is assigned by themselves, or all who are were read as members of groups, the org is not read.
  const isRead = groupId !== null || (await comparisons.hasUnread(attempt));
  const list = { groupId, page, mapping: settings.mapping };
  const { people, next } = isRead ? await hub.listSpokePeople(attempt.tenant, list) : { people: [], next: null };
  if (isRead && groupId === null && page === null && people.length === 0) return fail(context, attempt, 'empty_list');
  const isOver = next === null && groupId === null;
  const cursor =
    next === null
      ? { groupId: groups.find((id) => id > (groupId ?? '')) ?? null, page: null }
      : { groupId, page: next };
  await comparisons.recordSpoke(attempt, {
    people: people.map(({ userId, status, profile }) => ({
      userId,
      login: profile['login'] ?? null,
      content: contentOf(profile),
      isPresent: isPresentAs(status, { hasKey: false }),
      isPresentForKey: isPresentAs(status, { hasKey: true }),
    })),
    hubOrg,
    isOfGroup: groupId !== null,
    isLast: isOver,
    next: isOver ? nextOf(work, 'hub', null) : nextOf(work, 'spoke', cursor),
  });
  return done(`${people.length} people of the spoke`);
}

/** The hub's users, and then its deactivated ones, where anyone is left who may be among them. */
const hubCursor = z.strictObject({ areDeactivated: z.boolean(), page: z.string().nullable() });

async function readHub(context: Context, work: Work): Promise<Outcome> {
  const { attempt, hubOrg, settings } = work;
  const { comparisons, hub } = context;
  const first = { areDeactivated: false, page: null };
  const { areDeactivated, page } = attempt.cursor === null ? first : hubCursor.parse(JSON.parse(attempt.cursor));
  const isNeeded = !areDeactivated || page !== null || (await comparisons.unmatched(attempt, hubOrg, 1)).length > 0;
  if (!isNeeded) return end(context, attempt);
  const list = { areDeactivated, page, mapping: settings.mapping };
  const { people, next } = await hub.listHubPeople(attempt.tenant, list);
  // Okta shows an empty list to credentials without rights; a hub has at least its administrator.
  if (!areDeactivated && page === null && people.length === 0) return fail(context, attempt, 'empty_list');
  const users = people.map(({ id, status, source, profile }) => ({
    id,
    status,
    source,
    login: profile['login'] ?? null,
    hash: comparisons.hashOf(attempt.tenant, contentOf(profile)),
  }));
  const matches = await comparisons.match(attempt, hubOrg, users);
  const byId = new Map(users.map((user) => [user.id, user]));
  const rows = matches.map(({ known, hubUserId, isOthers }) =>
    rowOf(known, byId.get(hubUserId) ?? null, { ...settings, isOthers }),
  );
  const goesOn = next === null ? !areDeactivated : true;
  await comparisons.recordHub(attempt, {
    rows,
    // Of those who are not to be in the hub, one who is not among its active users is as wanted.
    endsAbsent: next === null && !areDeactivated,
    next: goesOn
      ? nextOf(work, 'hub', { areDeactivated: areDeactivated || next === null, page: next })
      : nextOf(work, 'unmatched', null),
  });
  return done(`${people.length} users of the hub, ${rows.length} of this spoke`);
}

function rowOf(known: KnownPerson, found: ListedUser | null, rules: Parameters<typeof comparePerson>[2]): ComparedRow {
  const compared = comparePerson(known, found, rules);
  // Whose user it is, another spoke does not say.
  return {
    ...compared,
    userId: known.userId,
    isDue: compared.isDue && !known.isDue,
    hubUserId: rules.isOthers ? null : (found?.id ?? known.hubUserId),
  };
}

async function compareRest(context: Context, work: Work): Promise<Outcome> {
  const { attempt, hubOrg, settings } = work;
  const left = await context.comparisons.unmatched(attempt, hubOrg, unmatchedPerJob);
  if (left.length === 0) return end(context, attempt);
  await context.comparisons.recordHub(attempt, {
    rows: left.map((known) => rowOf(known, null, { ...settings, isOthers: false })),
    endsAbsent: false,
    next: nextOf(work, 'unmatched', null),
  });
  return done(`${left.length} without a user in the hub`);
}
