import { lockMembers } from '../group-push/members.ts';
import { membershipsOfUserMayHaveChanged } from '../group-push/queue-pushes.ts';
import { select, type Queryable } from '../store/database.ts';
import type { EventTypeName } from '../system-log/event-types.ts';
import { userSchema, type User } from '../users/user.ts';
import { placeholderPassword } from './placeholder-password.ts';
import type { ScimObject } from './scim-user.ts';
import { queueTask } from './task.ts';
import { createBody } from './user-body.ts';
import { merge, readPerson, userEvent, userPath, type Person } from './user-tasks.ts';
import { nothingToDo, type Done, type Work } from './work.ts';

/** How a user came to be on the server. */
interface Provisioned {
  externalId: string;
  types: EventTypeName[];
  /** Whether the server has Okta's password and not a placeholder. */
  hasPassword: boolean;
}

/** Okta's password if it is synchronized and known, in its sealed form. */
function passwordToSync({ app }: Work, user: User | undefined): string | undefined {
  const { seed, status } = app.capabilities.update.password;
  return status === 'ENABLED' && seed === 'OKTA' ? (user?.sealed_password ?? undefined) : undefined;
}

/** Looks the user up by their user name, and creates them, or links the one who is there. */
export async function provisionUser(work: Work): Promise<Done> {
  const person = await readPerson(work);
  if (person === undefined || person.appUser.status === 'PROVISIONED') return nothingToDo;
  const found = await work.scim.find('Users', 'userName', person.appUser.user_name);
  const provisioned = found === undefined ? await create(work, person) : await link(work, person, found.id);
  const types: EventTypeName[] = ['application.provision.user.verify_exists', ...provisioned.types];
  return {
    save: (tx) => save(tx, work, { person, provisioned }),
    drafts: types.map((type) => userEvent(work, type)),
  };
}

async function create(work: Work, person: Person): Promise<Provisioned> {
  const sealed = passwordToSync(work, person.user);
  const password = sealed === undefined ? placeholderPassword() : work.org.sealing.unseal(sealed);
  const body = createBody(person.scimUser, { externalId: work.task.subject, password });
  const { id } = await work.scim.create('/Users', body);
  return { externalId: id, types: ['application.provision.user.push'], hasPassword: sealed !== undefined };
}

/** A person who is on the server already gets Okta's values; an inactive one is reactivated. */
async function link(work: Work, person: Person, externalId: string): Promise<Provisioned> {
  const before = await work.scim.get(userPath(externalId));
  const wasInactive = before['active'] === false;
  if (work.app.options.client === 'template') await linkAsTemplate(work, person, before);
  else await linkAsWizard(work, person, before);
  const reactivated: EventTypeName[] = wasInactive ? ['application.provision.user.reactivate'] : [];
  const types: EventTypeName[] = [...reactivated, 'application.provision.user.push_profile'];
  return { externalId, types, hasPassword: false };
}

const isStale = ({ org }: Work): boolean => org.settings.current().provisioning.staleReactivation;

type Found = ScimObject & { id: string };

/** The status is a PATCH of its own, before the profile. */
async function linkAsTemplate(work: Work, { scimUser }: Person, before: Found): Promise<void> {
  const path = userPath(before.id);
  const wasInactive = before['active'] === false;
  if (wasInactive) await work.scim.patch(path, [{ op: 'replace', value: { active: true } }]);
  const current = wasInactive && !isStale(work) ? await work.scim.get(path) : before;
  await work.scim.put(path, merge(work, current, scimUser));
}

/** One PUT with the status and the profile; a stale profile follows only by control. */
async function linkAsWizard(work: Work, { scimUser }: Person, before: Found): Promise<void> {
  const path = userPath(before.id);
  await work.scim.put(path, { ...merge(work, before, scimUser), active: true });
  if (before['active'] !== false || !isStale(work)) return;
  await work.scim.put(path, merge(work, before, scimUser));
}

async function save(
  tx: Queryable,
  work: Work,
  { person, provisioned }: { person: Person; provisioned: Provisioned },
): Promise<void> {
  const { app, org, task } = work;
  const now = org.now();
  const { externalId, hasPassword } = provisioned;
  const user = await lockChanges(tx, work);
  await tx.query(
    `insert into app_link (app_id, user_id, external_id) values ($1, $2, $3)
     on conflict (app_id, user_id) do update set external_id = $3`,
    [app.id, task.subject, externalId],
  );
  await tx.query(
    `update app_user set status = 'PROVISIONED', status_changed = $3, sync_state = 'SYNCHRONIZED', last_sync = $3,
       last_updated = $3, has_password = $4, password_changed = case when $4 then $3::timestamptz end
     where app_id = $1 and user_id = $2`,
    [app.id, task.subject, now, hasPassword],
  );
  await membershipsOfUserMayHaveChanged(tx, { appId: app.id, userId: task.subject, now });
  await catchUp(tx, work, person);
  const sealedPassword = passwordToSync(work, user);
  if (sealedPassword === undefined || (hasPassword && sealedPassword === person.user.sealed_password)) return;
  const data = { ...task.data, sealedPassword };
  await queueTask(tx, { appId: app.id, kind: 'password', subject: task.subject, data, now });
}

/**
 * What changes meanwhile about the user or about members waits until they are saved as provisioned, and is then pushed by
 * its own task; what was committed before is read by the statements that follow.
 */
async function lockChanges(tx: Queryable, { app, task }: Work): Promise<User | undefined> {
  await lockMembers(tx, app.id, 'for share');
  const text = 'select * from org_user where id = $1 for no key update';
  const [user] = await select(tx, userSchema, { text, values: [task.subject] });
  return user;
}

/** A profile that changed while the user was being created is pushed after it. */
async function catchUp(tx: Queryable, { app, org, task }: Work, { appUser }: Person): Promise<void> {
  await tx.query(
    `insert into provisioning_task (app_id, kind, subject, data, due)
     select app_id, 'profile', user_id, $3::jsonb, $4::timestamptz from app_user
     where app_id = $1 and user_id = $2 and (profile <> $5::jsonb or user_name <> $6)`,
    [app.id, task.subject, JSON.stringify(task.data), org.now(), JSON.stringify(appUser.profile), appUser.user_name],
  );
}
