import { z } from 'zod';

import { provisionable } from '../apps/assignments.ts';
import type { Member, MemberDelta } from '../provisioning/task.ts';
import { select, type Queryable } from '../store/database.ts';
import type { PushMapping } from './mapping.ts';

const rowSchema = z.object({ user_id: z.string(), external_id: z.string(), display: z.string() });

type Row = z.infer<typeof rowSchema>;

const toMember = ({ display, external_id: value }: Row): Member => ({ value, display });

/** Users whom the app's server has, and who are active in the org. */
const onServer = `select app_user.app_id, app_user.user_id, external_id, user_name as display from app_user
  join app_link using (app_id, user_id)
  join org_user on org_user.id = app_user.user_id and ${provisionable}
  where app_user.status = 'PROVISIONED'`;

/** The members that the server should have: in the group, provisioned, and active in the org. */
function wantedMembers(tx: Queryable, { app_id: appId, group_id: groupId }: PushMapping): Promise<Row[]> {
  return select(tx, rowSchema, {
    text: `select on_server.user_id, external_id, display from (${onServer}) as on_server
     join membership using (user_id) where app_id = $1 and group_id = $2 order by membership.ordinal`,
    values: [appId, groupId],
  });
}

/** The members that the server was pushed of and who have left the group. Of an inactive one it is never pushed. */
function leavers(tx: Queryable, mapping: PushMapping): Promise<Row[]> {
  return select(tx, rowSchema, {
    text: `select pushed.user_id, pushed.external_id, display from group_push_member as pushed
     join (${onServer}) as on_server on on_server.user_id = pushed.user_id and on_server.app_id = $2
     where push_id = $1 and not exists (
       select from membership where group_id = $3 and membership.user_id = pushed.user_id) order by pushed.user_id`,
    values: [mapping.id, mapping.app_id, mapping.group_id],
  });
}

async function markPushed(tx: Queryable, pushId: string, rows: readonly Row[]): Promise<void> {
  await tx.query(
    `insert into group_push_member (push_id, user_id, external_id)
     select $1, user_id, external_id from unnest($2::text[], $3::text[]) as pushed (user_id, external_id)
     on conflict (push_id, user_id) do update set external_id = excluded.external_id`,
    [pushId, rows.map((row) => row.user_id), rows.map((row) => row.external_id)],
  );
}

async function forget(tx: Queryable, pushId: string, userIds: readonly string[]): Promise<void> {
  await tx.query('delete from group_push_member where push_id = $1 and user_id = any($2)', [pushId, userIds]);
}

/** Forgets those who are in the group no more and inactive: nothing is sent about them. */
async function forgetInactive(tx: Queryable, mapping: PushMapping): Promise<void> {
  await tx.query(
    `delete from group_push_member as pushed where push_id = $1
     and not exists (select from membership where group_id = $3 and membership.user_id = pushed.user_id)
     and not exists (select from (${onServer}) as on_server where on_server.user_id = pushed.user_id and on_server.app_id = $2)`,
    [mapping.id, mapping.app_id, mapping.group_id],
  );
}

/**
 * Who saves a user as provisioned shares the lock, and who takes on changes of members holds it alone. Else a user who joined
 * a group while being provisioned would be missed by both.
 */
export const lockMembers = (tx: Queryable, appId: string, lock: 'for share' | 'for no key update') =>
  tx.query(`select from app where id = $1 ${lock}`, [appId]);

async function lockAlone(tx: Queryable, mapping: PushMapping): Promise<void> {
  await lockMembers(tx, mapping.app_id, 'for no key update');
  await tx.query('select from group_push where id = $1 for update', [mapping.id]);
}

/**
 * Takes on the next changes of members, at most `limit`, so that no other task sends them; `rest` is true if there
 * are more.
 */
export async function takeDelta(
  tx: Queryable,
  mapping: PushMapping,
  limit: number,
): Promise<{ delta: MemberDelta; rest: boolean }> {
  await lockAlone(tx, mapping);
  const pushed = await select(tx, z.object({ user_id: z.string() }), {
    text: 'select user_id from group_push_member where push_id = $1',
    values: [mapping.id],
  });
  const known = new Set(pushed.map((row) => row.user_id));
  const gone = await leavers(tx, mapping);
  const missing = (await wantedMembers(tx, mapping)).filter((row) => !known.has(row.user_id));
  await forgetInactive(tx, mapping);
  const remove = gone.slice(0, limit);
  const add = missing.slice(0, limit - remove.length);
  await forget(
    tx,
    mapping.id,
    remove.map((row) => row.user_id),
  );
  await markPushed(tx, mapping.id, add);
  const rest = gone.length + missing.length > remove.length + add.length;
  return { delta: { add: add.map(toMember), remove: remove.map((row) => row.external_id) }, rest };
}

/** Takes on the whole list of members, in place of all changes so far. */
export async function takeWholeList(tx: Queryable, mapping: PushMapping): Promise<Member[]> {
  await lockAlone(tx, mapping);
  const wanted = await wantedMembers(tx, mapping);
  await tx.query('delete from group_push_member where push_id = $1', [mapping.id]);
  await markPushed(tx, mapping.id, wanted);
  return wanted.map(toMember);
}
