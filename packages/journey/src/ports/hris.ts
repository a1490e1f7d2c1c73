import type { ProfileField } from '../model/profile.ts';
import type { IdentityUser } from './identity.ts';

/** Called only for tenants whose sources name it. */
export interface HrisPort {
  /** A user's attributes by their Okta names; null when the HRIS does not know the user. */
  readPerson: (tenant: string, user: IdentityUser) => Promise<Readonly<Partial<Record<ProfileField, string>>> | null>;
}
