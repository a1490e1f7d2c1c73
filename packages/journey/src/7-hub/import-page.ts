import { fieldsOf, isHeldFor, planImport, type SourcePerson } from '../hub/import-changes.ts';
import { contentOf, type FoundPerson } from '../hub/person-changes.ts';
import type { Context } from '../ports/context.ts';
import type { ComparisonAttempt } from '../ports/hub-comparisons.ts';
import type { ImportedPerson, ImportSettings, ImportTarget, KnownTarget } from '../ports/hub-imports.ts';
import { done, type Outcome } from '../steps/outcome.ts';
import { problemOfPage } from './hub-problem.ts';
import { nextOf, positionSchema, writeImport, type ImportJob, type ImportPosition } from './import-person.ts';

/** Clocks differ, and Okta's list may be late: what changed so shortly before a run is read once more by the next one. */
const overlapMs = 5 * 60_000;

/** Users whom one job reads one by one; so a rate limit that ends soon loses little. */
const readsAJob = 25;

/**
 * One page of an import: of the spoke where everyone is read, then of the hub, then those whom no page of the hub had; then
 * what was found is judged, and written where it may be. Another job does the next page.
 */
export async function importPage(context: Context, attempt: ComparisonAttempt): Promise<Outcome> {
  const { imports, importCalls } = context;
  const settings = await imports.settings(attempt.tenant);
  const { cursor } = attempt;
  const position = cursor === null ? firstPosition(context, settings) : positionSchema.parse(JSON.parse(cursor));
  const hubOrg = await importCalls.hubOrgOf(attempt.tenant);
  if (hubOrg === null) return fail({ context, attempt, position }, 'no_hub');
  const job = { context, attempt: { ...attempt, hubOrg }, settings, position };
  if (!settings.isOn && !attempt.isDryRun) return fail(job, 'sourcing_off');
  const isOutdated = attempt.settingsRevision !== null && attempt.settingsRevision !== settings.revision;
  // What was announced, and perhaps released, is not what these settings would write.
  if (attempt.phase === 'writing') return isOutdated ? fail(job, 'settings_changed') : writeImport(job);
  if (isOutdated) {
    await imports.restart(attempt);
    return done('the settings changed: it begins again');
  }
  try {
    return await readPage(job);
  } catch (error) {
    return fail(job, problemOfPage(error));
  }
}

const firstPosition = ({ now }: Context, { seenUntil }: ImportSettings): ImportPosition => ({
  since: seenUntil,
  until: new Date(now().getTime() - overlapMs),
  page: null,
});

type Failed = Pick<ImportJob, 'context' | 'position'> & { attempt: ComparisonAttempt };

async function fail({ context, attempt, position }: Failed, problem: string): Promise<Outcome> {
  await context.imports.end(attempt, { state: 'failed', problem }, position);
  context.alarm('hub_import_failed', { import: attempt.id, tenant: attempt.tenant, problem });
  return done(problem);
}

function readPage(job: ImportJob): Promise<Outcome> {
  switch (job.attempt.phase) {
    case 'pending':
      return job.position.since === null ? readSpokePage(job) : readHubPage(job);
    case 'spoke':
      return readSpokePage(job);
    case 'hub':
      return readHubPage(job);
    case 'unmatched':
      return readUnseen(job);
    case 'writing':
      return writeImport(job);
  }
}

async function readSpokePage(job: ImportJob): Promise<Outcome> {
  const { context, attempt, settings, position } = job;
  const { page } = position;
  const request = { page, since: null, mapping: settings.mapping };
  const { users, next } = await context.importCalls.listSpokeUsers(attempt.tenant, request);
  // What Okta shows to those who may see no one.
  if (page === null && users.length === 0) return fail(job, 'spoke_is_empty');
  const targets = users.map(targetOf);
  await context.imports.recordTargets(attempt, nextOf(job, next === null ? 'hub' : 'spoke', next), targets);
  return done(`${users.length} users of the spoke`);
}

const targetOf = ({ id, status, profile, source }: FoundPerson): ImportTarget => ({
  userId: id,
  login: profile['login'] ?? '',
  content: contentOf(profile),
  isPlain: status !== 'DEPROVISIONED' && source === null,
});

async function readHubPage(job: ImportJob): Promise<Outcome> {
  const { context, attempt, settings, position } = job;
  const { page, since } = position;
  const listed = await context.importCalls.listHubUsers(attempt.tenant, { page, since, mapping: settings.mapping });
  if (since === null && page === null && listed.users.length === 0) return fail(job, 'hub_is_empty');
  const targets = await context.imports.targetsOf(attempt, listed.users);
  const found: ImportedPerson[] = [];
  let [reads, isWhole] = [0, true];
  for (const source of listed.users) {
    const target = targets.get(source.id);
    if (target === undefined) continue;
    if (needsRead(job, target)) reads += 1;
    isWhole = reads <= readsAJob;
    if (!isWhole) break;
    found.push(await judgePerson(job, { source, hubUserId: source.id, target }));
  }
  const phase = isWhole && listed.next === null ? 'unmatched' : 'hub';
  // A page that is not read whole is listed again, and may have others by then: those who are recorded are left out.
  await context.imports.recordPeople(attempt, nextOf(job, phase, isWhole ? listed.next : page), found);
  return done(`${found.length} users of the hub`);
}

/** A run that has read the spoke knows who is not there. */
const needsRead = ({ position }: ImportJob, { userId, isSame }: KnownTarget): boolean =>
  !isSame && (userId !== null || position.since !== null);

interface Judged {
  /** Null for one whom the hub deleted. */
  source: SourcePerson | null;
  hubUserId: string;
  target: KnownTarget;
}

async function judgePerson(job: ImportJob, { source, hubUserId, target }: Judged): Promise<ImportedPerson> {
  const { context, attempt, settings } = job;
  const { link, isSame, userId } = target;
  const found =
    isSame && source !== null && userId !== null ? sameAs(source, userId) : await readTarget(job, source, target);
  const isOthers =
    found !== null &&
    found.id !== link?.userId &&
    (await context.imports.isOthers(attempt, { hubUserId, userId: found.id }));
  const plan = planImport(source, found, { link, isOthers, sourcing: settings.sourcing });
  return {
    hubUserId,
    userId: found?.id ?? link?.userId ?? null,
    action: plan.action,
    fields: fieldsOf(plan),
    problem: plan.action === 'refused' ? plan.problem : null,
  };
}

/** What the run has read of the spoke says that nothing differs. */
const sameAs = ({ profile }: SourcePerson, id: string): FoundPerson => ({
  id,
  status: 'ACTIVE',
  profile,
  source: null,
});

async function readTarget(
  job: ImportJob,
  source: SourcePerson | null,
  target: KnownTarget,
): Promise<FoundPerson | null> {
  const { importCalls } = job.context;
  const { tenant } = job.attempt;
  if (!needsRead(job, target)) return null;
  if (target.userId !== null) return importCalls.readSpokeUser(tenant, { id: target.userId });
  const login = source?.profile['login'] ?? '';
  // One who is not in the spoke, and is not to be: nothing is asked.
  if (login === '' || source?.status === 'DEPROVISIONED' || source?.status === 'STAGED') return null;
  return importCalls.readSpokeUser(tenant, { login });
}

/** An absence from a list proves nothing: each is read. */
async function readUnseen(job: ImportJob): Promise<Outcome> {
  const { context, attempt, settings, position } = job;
  const ids = position.since === null ? await context.imports.unseen(attempt, readsAJob) : [];
  if (ids.length === 0) return judge(job);
  const found: ImportedPerson[] = [];
  for (const hubUserId of ids) {
    const link = await context.imports.linkOf(attempt, hubUserId);
    const source = await context.importCalls.readHubUser(attempt.tenant, hubUserId, settings.mapping);
    const target = { link, userId: link?.userId ?? null, isSame: false };
    found.push(await judgePerson(job, { source, hubUserId, target }));
  }
  await context.imports.recordPeople(attempt, nextOf(job, 'unmatched'), found);
  return done(`${found.length} users that the hub did not list`);
}

async function judge(job: ImportJob): Promise<Outcome> {
  const { context, attempt, settings } = job;
  const changes = await context.imports.countChanges(attempt);
  const share = { ...changes, maxShare: settings.maxShare };
  if (attempt.isDryRun) {
    await context.imports.endReading(attempt, changes, { state: 'ended' });
    return done('a dry run: nothing is written');
  }
  if (isHeldFor(share)) {
    await context.imports.endReading(attempt, changes, { state: 'held', share: changes.changed / changes.linked });
    context.alarm('hub_import_held', { import: attempt.id, tenant: attempt.tenant, ...changes });
    return done('held: it would change too many people at once');
  }
  await context.imports.endReading(attempt, changes, { state: 'writing', next: nextOf(job, 'writing') });
  return done('all is read');
}
