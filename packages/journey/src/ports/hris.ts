import type { ProfileField } from '../model/profile.ts';
import type { IdentityUser } from './identity.ts';

/** A personnel system. Only asked for tenants whose sources name it. */
export interface HrisPort {
  /** What it says of a person, by Okta's names; null when it knows nobody by what Okta knows them by. */
  readPerson: (tenant: string, user: IdentityUser) => Promise<Readonly<Partial<Record<ProfileField, string>>> | null>;
}
