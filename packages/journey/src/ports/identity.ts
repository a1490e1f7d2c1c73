import type { SourcedProfile } from '../model/profile.ts';
import type { UserStatus } from '../model/user-status.ts';
import type { TransportKey } from './fulfillment.ts';
import type { GroupCalls } from './hub-groups.ts';
import type { RegistrationCalls } from './registration.ts';

export interface IdentityUser {
  id: string;
  login: string;
  status: UserStatus;
  profile: SourcedProfile;
}

/** Whether the user may receive a key now. */
export const isActive = ({ status }: Pick<IdentityUser, 'status'>): boolean => status === 'new' || status === 'active';

/** The user of the spoke, with the two addresses of another. */
export function withPinAddressesOf(user: IdentityUser, { profile }: Pick<IdentityUser, 'profile'>): IdentityUser {
  const { email: _email, secondEmail: _secondEmail, ...others } = user.profile;
  const { email, secondEmail } = profile;
  return {
    ...user,
    profile: {
      ...others,
      ...(email === undefined ? {} : { email }),
      ...(secondEmail === undefined ? {} : { secondEmail }),
    },
  };
}

export interface Enrollment {
  id: string;
  /** `pending` until activated; `failed` after `markEnrollmentError`; `other` for any status the connector does not know. */
  status: 'pending' | 'active' | 'failed' | 'other';
  createdAt: Date | null;
}

export interface IdentityPort extends RegistrationCalls, GroupCalls {
  /** Never cached; by id or login; null when there is no such user. */
  readUser: (tenant: string, idOrLogin: string) => Promise<IdentityUser | null>;
  readGroup: (tenant: string, groupId: string) => Promise<{ id: string; name: string } | null>;
  isMember: (tenant: string, groupId: string, userId: string) => Promise<boolean>;
  listEnrollments: (tenant: string, userId: string) => Promise<readonly Enrollment[]>;
  enroll: (
    tenant: string,
    request: { userId: string; transportKey: TransportKey },
  ) => Promise<{ enrollmentId: string; keyId: string; pinRequestJwe: string; credRequestJwe: string }>;
  deleteEnrollment: (tenant: string, userId: string, enrollmentId: string) => Promise<void>;
  /** Only when an order has failed or was cancelled (ARCHITECTURE.md, "States"). */
  markEnrollmentError: (tenant: string, userId: string, enrollmentId: string) => Promise<void>;
  activate: (
    tenant: string,
    request: {
      userId: string;
      enrollmentId: string;
      serial: string;
      version: string;
      pinResponseJwe: string;
      credResponseJwe: string;
      signingKeys: readonly Readonly<Record<string, unknown>>[];
    },
  ) => Promise<{ enrollmentIds: readonly string[] }>;
  /** Okta mails the PIN itself; calling again mails it again. */
  sendPin: (tenant: string, userId: string, enrollmentId: string) => Promise<void>;
}
