import type { Decision } from '../model/change.ts';
import { isNext, isOpen, type PlanState } from '../model/plan.ts';
import type { Shipment } from '../model/shipment.ts';
import type { KeyVerdict, ShipmentRequest, Verdict } from '../ports/ledger.ts';
import { directoryConsequenceOf } from './directory-consequences.ts';
import { offboard } from './offboard.ts';
import { followChange, recheck } from './recheck.ts';

/** The shipments of a user that a verdict may concern: a ledger finds them, and `decide` decides about each. */
export const concerned = {
  held_or_open: (plan) => plan.held || isOpen(plan),
  open_or_active: (plan) => isOpen(plan) || (!plan.dryRun && plan.credential === 'active'),
} as const satisfies Record<string, (plan: PlanState) => boolean>;

export type Concerned = keyof typeof concerned;

/** A check that runs now may have read the profile before it changed. */
export const isToCheck = (plan: PlanState): boolean => !plan.dryRun && isNext(plan, 'check-profile');

/** What a ledger does about one key that an event asks for. */
export type KeyConsequence =
  | { kind: 'ignore'; reason: string }
  | { kind: 'set_aside'; reason: string }
  | { kind: 'create'; request: ShipmentRequest };

/** Whose shipments: those of the Okta user, of the person of the directory, and those of the login as `login` says. */
export interface Whose {
  userId: string | null;
  personId: string | null;
  /** `unresolved`: only where it has not been resolved to a user, since Okta may give a login to another one. */
  login: { text: string; of: 'any' | 'unresolved' } | null;
}

/** What must hold in the directory, read under the person's lock, for anything to be done. */
export type DirectoryCondition = { personId: string } & (
  | { is: 'active' }
  | { is: 'inactive_since'; since: Date; login: string | null; userId: string | null }
);

/** What a ledger does about an event, in the transaction that records the verdict. */
export type Consequence =
  | KeyConsequence
  | {
      kind: 'move';
      whose: Whose;
      concerned: Concerned;
      decide: (shipment: Shipment) => Decision | null;
      outcome: 'rechecked' | 'offboarded' | 'suspended' | 'reactivated';
      /** What is recorded when no shipment moved: by default the same with none. */
      otherwise: { outcome: 'ignored'; reason: string } | { outcome: 'welcomed' } | null;
      /** While a check of this user is next, nothing is done; `login` finds a check that has no user id yet. */
      afterChecksOf: { userId: string | null; login: string | null } | null;
      condition: { of: DirectoryCondition; otherwise: string } | null;
      /** The event is not decided yet: another verdict follows. */
      staysReceived: boolean;
    };

export type Moves = Extract<Consequence, { kind: 'move' }>;

export function keyConsequenceOf(verdict: KeyVerdict): KeyConsequence {
  switch (verdict.verdict) {
    case 'ignored':
      return { kind: 'ignore', reason: verdict.reason };
    case 'set_aside':
      return { kind: 'set_aside', reason: verdict.reason };
    case 'key_request':
      return { kind: 'create', request: verdict.request };
  }
}

/** Of an event that asks for one thing. */
export function consequenceOf(verdict: Exclude<Verdict, { verdict: 'several_keys' }>): Consequence {
  switch (verdict.verdict) {
    case 'ignored':
    case 'set_aside':
    case 'key_request':
      return keyConsequenceOf(verdict);
    case 'recheck':
      return {
        ...ofUser(verdict.userId),
        whose: {
          userId: verdict.userId,
          personId: verdict.personId ?? null,
          login: verdict.userId === null && verdict.login !== null ? { text: verdict.login, of: 'any' } : null,
        },
        concerned: 'held_or_open',
        decide: (shipment) => recheck(shipment, 'profile_changed') ?? followChange(shipment),
        outcome: 'rechecked',
        otherwise: ignored('no shipment of this user can follow a profile change'),
        afterChecksOf: { userId: verdict.userId, login: verdict.login },
      };
    case 'leaver':
      return {
        ...ofUser(verdict.userId),
        concerned: 'open_or_active',
        decide: (shipment) => offboard(shipment, verdict),
        outcome: 'offboarded',
        otherwise: nothingToOffboard,
      };
    case 'directory_leaver':
    case 'suspend':
    case 'reactivate':
      return directoryConsequenceOf(verdict);
  }
}

const ignored = (reason: string) => ({ outcome: 'ignored', reason }) as const;

const nothingToOffboard = ignored('no shipment of this user can be cancelled or revoked');

const ofUser = (userId: string | null) =>
  ({
    kind: 'move',
    whose: { userId, personId: null, login: null },
    afterChecksOf: null,
    condition: null,
    staysReceived: false,
  }) as const;
