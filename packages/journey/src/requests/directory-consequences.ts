import { suspend, unsuspend } from '../model/suspend.ts';
import type { DirectorySubject, Verdict } from '../ports/ledger.ts';
import type { Moves, Whose } from './consequence.ts';
import { offboard } from './offboard.ts';

type DirectoryVerdict = Extract<Verdict, { verdict: 'directory_leaver' | 'suspend' | 'reactivate' }>;

/** What follows for shipments from what a SCIM client did. */
export function directoryConsequenceOf(verdict: DirectoryVerdict): Moves {
  const { subject } = verdict;
  switch (verdict.verdict) {
    case 'suspend':
      return {
        ...isInactiveSince(verdict.deactivatedAt, subject),
        whose: whoseOf(subject, 'any'),
        concerned: 'held_or_open',
        decide: (shipment) => suspend(shipment, { since: verdict.deactivatedAt, by: subject.by }),
        outcome: 'suspended',
        otherwise: null,
        staysReceived: true,
      };
    case 'reactivate':
      return {
        ...common,
        whose: whoseOf(subject, 'any'),
        concerned: 'held_or_open',
        decide: (shipment) => unsuspend(shipment, subject.by),
        outcome: 'reactivated',
        otherwise: verdict.isWelcomed ? { outcome: 'welcomed' } : { outcome: 'ignored', reason: verdict.otherwise },
        condition: {
          of: { personId: subject.personId, is: 'active' },
          otherwise: 'the person was deactivated again',
        },
      };
    case 'directory_leaver': {
      const { groupId, cancels, revokes, deactivatedAt } = verdict;
      return {
        ...(deactivatedAt === null ? common : isInactiveSince(deactivatedAt, subject)),
        whose: whoseOf(subject, 'unresolved'),
        concerned: 'open_or_active',
        decide: (shipment) =>
          offboard(shipment, { groupId, cancels, revokes, directory: { by: subject.by, deactivatedAt } }),
        outcome: 'offboarded',
        otherwise: { outcome: 'ignored', reason: 'no shipment of this person can be cancelled or revoked' },
      };
    }
  }
}

const common = { kind: 'move', afterChecksOf: null, condition: null, staysReceived: false } as const;

function isInactiveSince(since: Date, { personId, login, userId }: DirectorySubject) {
  return {
    ...common,
    condition: {
      of: { personId, login, userId, is: 'inactive_since', since },
      otherwise: 'the person is active, or was deactivated again later',
    },
  } as const;
}

/** `any`: what can be undone may also concern a user whom the client names by login alone. */
function whoseOf({ userId, personId, login }: DirectorySubject, of: 'any' | 'unresolved'): Whose {
  if (login === null) return { userId, personId, login: null };
  return { userId, personId, login: { text: login, of: userId === null ? of : 'unresolved' } };
}
