import { hubNameOf } from '../ports/hub.ts';
import { hubDrifts, type HubDrift } from './hub-user.ts';
import type { SourcedProfile } from './profile.ts';
import type { Shipment } from './shipment.ts';
import type { UserStatus } from './user-status.ts';

/** The org and the user there whose key it is: the hub's, once the check has found them, else the spoke's. */
export function keyHolderOf({ tenant, user, hubUser }: Pick<Shipment, 'tenant' | 'user' | 'hubUser'>): {
  org: string;
  userId: string;
} {
  return hubUser === null ? { org: tenant, userId: user.id ?? '' } : { org: hubNameOf(tenant), userId: hubUser.id };
}

interface Compared {
  login: string;
  status: UserStatus;
  profile: SourcedProfile;
}

/**
 * In what a person's users differ, though the link keeps them alike. Of the status only whether they may sign in counts: a
 * new user of the hub may be an existing one of the spoke.
 */
export function driftBetween(spoke: Compared, hub: Compared): HubDrift[] {
  const folded = (text: string | undefined): string => (text ?? '').trim().toLowerCase();
  const mayUse = ({ status }: Compared): boolean => status === 'new' || status === 'active';
  const differs: Readonly<Record<HubDrift, boolean>> = {
    login: folded(spoke.login) !== folded(hub.login),
    status: mayUse(spoke) !== mayUse(hub),
    email: folded(spoke.profile.email?.value) !== folded(hub.profile.email?.value),
    secondEmail: folded(spoke.profile.secondEmail?.value) !== folded(hub.profile.secondEmail?.value),
  };
  return hubDrifts.filter((name) => differs[name]);
}
