import { z } from 'zod';

import { defaultUserName } from '../apps/app-user.ts';
import { appTarget, type App } from '../apps/app.ts';
import { select, type Queryable } from '../store/database.ts';
import { oktaId } from '../store/okta-id.ts';
import { loginKey, userSchema } from '../users/user.ts';
import type { Resource, ScimClient } from './scim-client.ts';
import { ScimFailure } from './scim-failure.ts';
import type { Done, Work } from './work.ts';

const pageSize = 100;

/** What an import has found; kept, and shown under `/sim`. */
export const importResultSchema = z.object({
  state: z.enum(['done', 'stopped']),
  /** How many active users the server has, and which users of the org have their user name. */
  users: z.number(),
  inactive: z.number(),
  matched: z.array(z.object({ userId: z.string(), externalId: z.string() })),
  groups: z.array(z.object({ id: z.string(), externalId: z.string(), name: z.string() })),
  unassigned: z.array(z.string()),
  /** What Okta's review of a server would refuse, and why an import was stopped. */
  problems: z.array(z.string()),
});

export type ImportResult = z.infer<typeof importResultSchema>;

interface Read {
  resources: Resource[];
  problems: string[];
}

/** Reads page by page until `totalResults`. @throws ScimFailure if a page before the end is empty */
export async function readAll(scim: ScimClient, kind: 'Users' | 'Groups'): Promise<Read> {
  const byId = new Map<string, Resource>();
  const problems: string[] = [];
  let startIndex = 1;
  for (;;) {
    const {
      itemsPerPage,
      Resources = [],
      totalResults,
    } = await scim.list(`/${kind}?startIndex=${startIndex}&count=${pageSize}`);
    if (itemsPerPage !== undefined && itemsPerPage !== Resources.length)
      problems.push(`${kind}: itemsPerPage is ${itemsPerPage} on a page of ${Resources.length}`);
    for (const resource of Resources) {
      if (byId.has(resource.id)) problems.push(`${kind}: ${resource.id} is on two pages`);
      byId.set(resource.id, resource);
    }
    startIndex += Resources.length;
    if (startIndex > totalResults) return { resources: [...byId.values()], problems };
    if (Resources.length === 0) throw new ScimFailure(`${kind}: the page at ${startIndex} of ${totalResults} is empty`);
  }
}

async function matches(db: Queryable, active: readonly Resource[]): Promise<ImportResult['matched']> {
  const idByLogin = new Map(active.map((user) => [loginKey(String(user['userName'])), user.id]));
  const users = await select(db, userSchema, {
    text: 'select * from org_user where login_key = any($1) order by ordinal',
    values: [[...idByLogin.keys()]],
  });
  return users.flatMap((user) => {
    const externalId = idByLogin.get(loginKey(defaultUserName(user)));
    return externalId === undefined ? [] : [{ userId: user.id, externalId }];
  });
}

const linkSchema = z.object({ user_id: z.string(), external_id: z.string() });

/** The provisioned users of the app whom the server does not have as active any more. */
async function missingUsers(db: Queryable, app: App, active: readonly Resource[]): Promise<[string[], number]> {
  const links = await select(db, linkSchema, {
    text: `select user_id, external_id from app_user join app_link using (app_id, user_id)
     where app_id = $1 and status = 'PROVISIONED' order by app_user.ordinal`,
    values: [app.id],
  });
  const known = new Set(active.map(({ id }) => id));
  return [links.filter((link) => !known.has(link.external_id)).map((link) => link.user_id), links.length];
}

async function saveGroups(tx: Queryable, app: App, groups: readonly Resource[]): Promise<ImportResult['groups']> {
  const saved: ImportResult['groups'] = [];
  for (const group of groups) {
    const name = String(group['displayName']);
    const rows = await tx.query(
      `insert into app_target_group (id, app_id, external_id, name) values ($1, $2, $3, $4)
       on conflict (app_id, external_id) do update set name = $4 returning id`,
      [oktaId('00g'), app.id, group.id, name],
    );
    const { id } = z.object({ id: z.string() }).parse(rows.rows[0]);
    saved.push({ id, externalId: group.id, name });
  }
  return saved;
}

const isActive = (user: Resource): boolean => user['active'] !== false;

/**
 * Imports users, and groups where that is on. Inactive users are not imported. Users whom the server has no more lose the
 * app without a call; if they are more than 20 % of the app's users, nothing is changed.
 */
export async function importUsers({ app, org, scim, task }: Work): Promise<Done> {
  const users = await readAll(scim, 'Users');
  const groups = app.options.importGroups ? await readAll(scim, 'Groups') : { resources: [], problems: [] };
  const active = users.resources.filter(isActive);
  const [missing, assigned] = await missingUsers(org.db, app, active);
  const { unassignLimit } = org.settings.current().provisioning;
  const stopped = missing.length > assigned * unassignLimit;
  const stop = `the import would unassign ${missing.length} of ${assigned} users, which is more than ${unassignLimit * 100} %`;
  const result: ImportResult = {
    state: stopped ? 'stopped' : 'done',
    users: active.length,
    inactive: users.resources.length - active.length,
    matched: await matches(org.db, active),
    groups: [],
    unassigned: stopped ? [] : missing,
    problems: [...users.problems, ...groups.problems, ...(stopped ? [stop] : [])],
  };
  return {
    save: async (tx) => {
      if (!stopped) await tx.query('delete from app_user where app_id = $1 and user_id = any($2)', [app.id, missing]);
      const kept = { ...result, groups: stopped ? [] : await saveGroups(tx, app, groups.resources) };
      await tx.query('insert into app_import (id, app_id, started, result) values ($1, $2, $3, $4)', [
        task.subject,
        app.id,
        org.now(),
        JSON.stringify(kept),
      ]);
    },
    drafts: [
      { type: 'application.provision.user.import', targets: [appTarget(app)], ...(stopped ? { failure: stop } : {}) },
    ],
  };
}
