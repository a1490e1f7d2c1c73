import type { FoundPerson, HubProfile, WantedPerson } from '../hub/person-changes.ts';
import { hubNameOf } from '../ports/hub.ts';
import { isActive, type IdentityUser } from '../ports/identity.ts';
import { hubDrifts, type HubDrift } from './hub-user.ts';
import type { Shipment } from './shipment.ts';

/** The org and the user there whose key it is: the hub's, once the check has found them, else the spoke's. */
export function keyHolderOf({ tenant, user, hubUser }: Pick<Shipment, 'tenant' | 'user' | 'hubUser'>): {
  org: string;
  userId: string;
} {
  return hubUser === null ? { org: tenant, userId: user.id ?? '' } : { org: hubNameOf(tenant), userId: hubUser.id };
}

/** A user of one of the two orgs; undefined is not compared. */
interface Compared {
  mayUse: boolean;
  login: string | null | undefined;
  email: string | null | undefined;
  secondEmail: string | null | undefined;
}

export const comparedUser = ({ login, status, profile }: IdentityUser): Compared => ({
  mayUse: isActive({ status }),
  login,
  email: profile.email?.value ?? null,
  secondEmail: profile.secondEmail?.value ?? null,
});

/**
 * In what a person's users differ, though the link keeps them alike: in text as Okta compares logins, without regard to case.
 * Of the status only whether they may use a key counts: a new user of the hub may be an existing one of the spoke.
 */
export function driftBetween(spoke: Compared, hub: Compared): HubDrift[] {
  const folded = (text: string | null): string => (text ?? '').trim().toLowerCase();
  const differs = (name: 'login' | 'email' | 'secondEmail'): boolean => {
    const [one, other] = [spoke[name], hub[name]];
    return one !== undefined && other !== undefined && folded(one) !== folded(other);
  };
  return hubDrifts.filter((name) => (name === 'status' ? spoke.mayUse !== hub.mayUse : differs(name)));
}

interface MirroredUser {
  /** Okta's own word. */
  status: string;
  profile: HubProfile;
}

/**
 * The same of a mirror: the spoke's user has the profile that the mapping makes of theirs. None of one who is not to be in the
 * hub; null where the hub's user was not read.
 */
export function driftOfMirror(mirror: {
  wanted: Pick<WantedPerson, 'isPresent' | 'profile'>;
  spokeStatus: string;
  found: FoundPerson | null;
  hubUserId: string | null;
}): HubDrift[] | null {
  const { wanted, spokeStatus: status, found, hubUserId } = mirror;
  if (!wanted.isPresent) return [];
  if (found === null || found.id !== hubUserId) return null;
  return driftBetween(comparedMirror({ status, profile: wanted.profile }), comparedMirror(found));
}

const comparedMirror = ({ status, profile: { login, email, secondEmail } }: MirroredUser): Compared => ({
  mayUse: !['SUSPENDED', 'DEPROVISIONED'].includes(status),
  login,
  email,
  secondEmail,
});
