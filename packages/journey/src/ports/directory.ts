import type { MembersEvent } from '../1-intake/directory-event.ts';
import type { ProfileField } from '../model/profile.ts';

/** Whom to look for: by the directory's own id where it is known and still there, else by Okta id, else by login. */
export interface SoughtPerson {
  personId: string | null;
  userId: string | null;
  login: string | null;
}

export interface DirectoryPerson {
  /** Null for one who was deleted a moment ago. */
  id: string | null;
  /** When a client deactivated or deleted the person; null while they are active. */
  inactiveSince: Date | null;
}

export interface Membership {
  /** As the group is called now. */
  groupName: string;
  isActive: boolean;
}

export type WelcomeClaim =
  /** It is recorded as sent: no other attempt will send it. */
  | { outcome: 'claimed'; to: string; firstName: string }
  | { outcome: 'not_yet'; afterMs: number }
  /** The connection sends them, but the tenant has no mail settings. */
  | { outcome: 'cannot_mail' }
  | { outcome: 'not_due'; reason: string };

/** The people and groups that SCIM clients provision. It is our own database: nothing of it throws ConnectorError. */
export interface DirectoryPort {
  findPerson: (tenant: string, sought: SoughtPerson) => Promise<DirectoryPerson | null>;
  /** Records an event for each of its members, each of them once, however often it is called. */
  recordMembers: (tenant: string, event: MembersEvent) => Promise<void>;
  /** Null where the person is no member now. */
  readMembership: (tenant: string, of: { personId: string; groupId: string }) => Promise<Membership | null>;
  /** The person's values by their Okta names, as the mapping of their connection says; null for an unknown person. */
  readProfile: (
    tenant: string,
    sought: SoughtPerson,
  ) => Promise<Readonly<Partial<Record<ProfileField, string>>> | null>;
  /** Whether a new person is to be welcomed now; committed before the mail is sent, so that it is sent once at most. */
  claimWelcome: (tenant: string, personId: string, options: { canMail: boolean }) => Promise<WelcomeClaim>;
  /** The mail was surely not sent: another attempt may claim it. */
  releaseWelcome: (tenant: string, personId: string) => Promise<void>;
}
