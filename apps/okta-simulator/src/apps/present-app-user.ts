import type { AppUser } from './app-user.ts';

const iso = (date: Date | null): string | null => date?.toISOString() ?? null;

/** The app user in the format of the API. */
export function presentAppUser(origin: string, appUser: AppUser): Record<string, unknown> {
  return {
    id: appUser.user_id,
    ...(appUser.external_id === null ? {} : { externalId: appUser.external_id }),
    created: iso(appUser.created),
    lastUpdated: iso(appUser.last_updated),
    scope: appUser.scope,
    status: appUser.status,
    statusChanged: iso(appUser.status_changed),
    passwordChanged: iso(appUser.password_changed),
    syncState: appUser.sync_state,
    ...(appUser.last_sync === null ? {} : { lastSync: iso(appUser.last_sync) }),
    credentials: { userName: appUser.user_name },
    profile: appUser.profile,
    _links: {
      app: { href: `${origin}/api/v1/apps/${appUser.app_id}` },
      user: { href: `${origin}/api/v1/users/${appUser.user_id}` },
    },
  };
}
