import { lifecycle, mayPass, type LifecycleVerb } from './lifecycle.ts';
import type { User } from './user.ts';

/** An org returns these even if they are empty, and any other attribute only if it has a value. */
const alwaysShown = { firstName: null, lastName: null, mobilePhone: null, secondEmail: null };

const iso = (date: Date | null): string | null => date?.toISOString() ?? null;

/** The user in the format of the API. */
export function presentUser(origin: string, userTypeId: string, user: User): Record<string, unknown> {
  const profile = Object.fromEntries(Object.entries(user.profile).filter(([, value]) => value !== null));
  return {
    id: user.id,
    status: user.status,
    created: iso(user.created),
    activated: iso(user.activated),
    statusChanged: iso(user.status_changed),
    lastLogin: null,
    lastUpdated: iso(user.last_updated),
    passwordChanged: iso(user.password_changed),
    type: { id: userTypeId },
    profile: { ...alwaysShown, ...profile },
    credentials: {
      ...(user.has_password ? { password: {} } : {}),
      ...(user.recovery_question === null ? {} : { recovery_question: { question: user.recovery_question } }),
      provider: { type: providerOf(user), name: providerOf(user) },
    },
    _links: links(`${origin}/api/v1/users/${user.id}`, user),
  };
}

/** A directory signs in its users, too; of those of an HR system the org itself has the credentials. */
const directories = ['ACTIVE_DIRECTORY', 'LDAP'];

const providerOf = ({ profile_source: source }: User): string =>
  source !== null && directories.includes(source) ? source : 'OKTA';

const verbs: LifecycleVerb[] = ['activate', 'deactivate', 'reactivate', 'suspend', 'unsuspend', 'unlock'];

function links(self: string, user: User): Record<string, unknown> {
  const allowed = verbs.filter((verb) => mayPass(lifecycle[verb], user.status));
  return {
    ...Object.fromEntries(allowed.map((verb) => [verb, { href: `${self}/lifecycle/${verb}`, method: 'POST' }])),
    self: { href: self },
  };
}
