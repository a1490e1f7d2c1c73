import type { SourcedProfile } from '../model/shipment.ts';
import type { TransportKey } from './fulfillment.ts';

export interface IdentityUser {
  id: string;
  login: string;
  /** Okta's status, an open string: new values appear. */
  status: string;
  profile: SourcedProfile;
}

export interface Enrollment {
  id: string;
  /** Open string: FULFILLMENT_PENDING and FULFILLMENT_ERRORED are live though undocumented. */
  status: string;
  createdAt: Date | null;
}

export interface IdentityPort {
  /** Read fresh, by id or login; null when Okta knows nobody by it. */
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
