import { z } from 'zod';

import {
  createdAs,
  fieldsOf,
  importProblems,
  mayStillDo,
  planImport,
  type ImportChange,
  type ImportPlan,
  type ImportProblem,
  type SourcePerson,
} from '../hub/import-changes.ts';
import type { FoundPerson } from '../hub/person-changes.ts';
import type { Context } from '../ports/context.ts';
import type { ComparisonNext } from '../ports/hub-comparisons.ts';
import type { DuePerson, ImportAttempt, ImportEnd, ImportSettings, IntendedLink } from '../ports/hub-imports.ts';
import { done, type Outcome } from '../steps/outcome.ts';
import { isOfStatus, problemOf } from './hub-problem.ts';

const time = z.iso.datetime().transform((text) => new Date(text));

/** The cursor of an import: where a run is. */
export const positionSchema = z.strictObject({
  /** Only users of the hub who changed since then are read; null: all, and the spoke too. */
  since: time.nullable(),
  /** What changed in the hub before is read. */
  until: time,
  page: z.string().nullable(),
});

export type ImportPosition = z.output<typeof positionSchema>;

/** What one job of an import works on. */
export interface ImportJob {
  context: Context;
  attempt: ImportAttempt;
  settings: ImportSettings;
  position: ImportPosition;
}

/** Where a job leaves the run to the next one. */
export const nextOf = (
  { settings, position }: ImportJob,
  phase: ComparisonNext['phase'],
  page: string | null = null,
): ComparisonNext => ({
  phase,
  settingsRevision: settings.revision,
  cursor: JSON.stringify({ ...position, page }),
});

/** People whom one job writes; each is recorded by itself. */
const peopleAJob = 20;

/** How often one person is written again where another write came first. */
const maxRounds = 5;

/** Writes some of what a run has found; another job goes on. Both orgs are read anew for each person. */
export async function writeImport(job: ImportJob): Promise<Outcome> {
  const { context, attempt, position } = job;
  const due = await context.imports.due(attempt, peopleAJob);
  for (const person of due) {
    const end = await writePerson(job, person);
    // Another attempt goes on, or the settings or the link have changed.
    if (!(await context.imports.recordWritten(attempt, person.hubUserId, end))) return done('the lease is lost');
  }
  if (due.length < peopleAJob) await context.imports.end(attempt, { state: 'ended' }, position);
  else await context.imports.recordPeople(attempt, nextOf(job, 'writing'), []);
  return done(`${due.length} people`);
}

const ended = (problem: ImportProblem | null = null, fields: readonly string[] = []): ImportEnd => ({
  problem,
  fields,
});

/** A person as both orgs and the ledger have them now. */
interface Read {
  person: DuePerson;
  link: IntendedLink | null;
  source: SourcePerson | null;
  found: FoundPerson | null;
}

async function writePerson(job: ImportJob, person: DuePerson): Promise<ImportEnd> {
  try {
    for (let round = 0; round < maxRounds; round += 1) {
      const read = await readBoth(job, person);
      const plan = await planNow(job, read);
      if (plan.action === 'none') return ended();
      if (plan.action === 'refused') return ended(plan.problem);
      if (plan.action === 'unmatched' || !isAnnounced(read, plan)) return ended('changed_meanwhile');
      const refused = await refuseAdministrator(job, read);
      if (refused !== null) return ended(refused);
      const end = await applyAll(job, read, plan.changes);
      if (end !== 'look_again') return end;
    }
  } catch (error) {
    return endOf(error, 'refused');
  }
  return ended('changed_meanwhile');
}

const isAnnounced = (
  { person, link }: Read,
  plan: Extract<ImportPlan, { changes: readonly ImportChange[] }>,
): boolean => mayStillDo(person, { action: plan.action, fields: fieldsOf(plan) }, link?.state === 'creating');

async function readBoth({ context, attempt, settings }: ImportJob, person: DuePerson): Promise<Read> {
  const { importCalls, imports } = context;
  const { tenant } = attempt;
  const link = await imports.linkOf(attempt, person.hubUserId);
  const source = await importCalls.readHubUser(tenant, person.hubUserId, settings.mapping);
  const read = (by: { id: string } | { login: string }) => importCalls.readSpokeUser(tenant, by);
  if (link !== null && link.userId !== null) return { person, link, source, found: await read({ id: link.userId }) };
  // The user of a create without an answer, which may have another login by now.
  const created = link === null || link.creatingLogin === null ? null : await read({ login: link.creatingLogin });
  const login = source?.profile['login'] ?? '';
  return { person, link, source, found: created ?? (login === '' ? null : await read({ login })) };
}

async function planNow({ context, attempt, settings }: ImportJob, read: Read): Promise<ImportPlan> {
  const { person, link, source, found } = read;
  const isOthers =
    found !== null &&
    found.id !== link?.userId &&
    (await context.imports.isOthers(attempt, { hubUserId: person.hubUserId, userId: found.id }));
  return planImport(source, found, { link, isOthers, sourcing: settings.sourcing });
}

/** The hub must not gain the spoke by the address of one of its administrators. */
async function refuseAdministrator(
  { context, attempt }: ImportJob,
  { found }: Read,
): Promise<'administrator' | 'roles_unreadable' | null> {
  if (found === null) return null;
  const isAdministrator = await context.importCalls.isAdministrator(attempt.tenant, found.id);
  if (isAdministrator === null) return 'roles_unreadable';
  return isAdministrator ? 'administrator' : null;
}

async function applyAll(
  job: ImportJob,
  read: Read,
  changes: readonly ImportChange[],
): Promise<ImportEnd | 'look_again'> {
  for (const change of changes) {
    const end = await apply(job, read, change);
    if (end !== null) return end;
  }
  return ended();
}

/** @returns how the person ended; null to go on; `look_again` where another write came first */
async function apply(job: ImportJob, read: Read, change: ImportChange): Promise<ImportEnd | 'look_again' | null> {
  const { context, attempt, settings } = job;
  const { importCalls, imports } = context;
  const { tenant } = attempt;
  switch (change.kind) {
    case 'create':
      return create(job, read, change);
    case 'link': {
      const { hubUserId } = read.person;
      const { userId, state } = change;
      return (await imports.link(attempt, { hubUserId, userId, state })) ? null : ended('linked_elsewhere');
    }
    case 'update':
      return write('profile_refused', () => importCalls.updateSpokeUser(tenant, change.userId, change.profile));
    case 'activate':
      return write('refused', () => importCalls.activateSpokeUser(tenant, change.userId, settings));
    case 'deactivate':
      return write('refused', () => importCalls.deactivateSpokeUser(tenant, change.userId));
  }
}

async function create(
  { context, attempt, settings }: ImportJob,
  { person: { hubUserId }, link }: Read,
  { login, profile }: Extract<ImportChange, { kind: 'create' }>,
): Promise<ImportEnd | 'look_again' | null> {
  const { importCalls, imports } = context;
  const { tenant } = attempt;
  const isLookedUp = link?.creatingLogin === login;
  // No one is created for a link that is gone, or by a worker whose lease has ended.
  if (!(await imports.noteCreating(attempt, hubUserId, login))) return ended('changed_meanwhile');
  // After the intent the login is looked up once more: a POST of an earlier attempt may be late. Without one it is someone else.
  if (!isLookedUp && (await importCalls.readSpokeUser(tenant, { login })) !== null)
    return link?.state === 'creating' ? 'look_again' : ended('changed_meanwhile');
  let userId: string | null = null;
  const refused = await write('profile_refused', async () => {
    userId = await importCalls.createSpokeUser(tenant, { profile, ...createdAs(settings.initialStatus) });
  });
  if (refused !== null && refused !== 'look_again' && refused.problem === 'login_taken')
    return (await importCalls.readSpokeUser(tenant, { login })) === null ? refused : 'look_again';
  if (refused !== null || userId === null) return refused ?? 'look_again';
  return (await imports.link(attempt, { hubUserId, userId, state: 'linked' })) ? null : ended('linked_elsewhere');
}

async function write(
  otherwise: 'profile_refused' | 'refused',
  run: () => Promise<void>,
): Promise<ImportEnd | 'look_again' | null> {
  try {
    await run();
    return null;
  } catch (error) {
    return isOfStatus(error) ? 'look_again' : endOf(error, otherwise);
  }
}

/** Throws what is to be repeated: no answer, a rate limit, a refused token. */
function endOf(error: unknown, otherwise: 'profile_refused' | 'refused'): ImportEnd {
  const { problem, fields } = problemOf(error, otherwise);
  return ended(importProblems.find((known) => known === problem) ?? otherwise, fields);
}
