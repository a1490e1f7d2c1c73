import type { Decision } from '../model/change.ts';
import { isNext, isOpen, type PlanState } from '../model/plan.ts';
import type { Shipment } from '../model/shipment.ts';
import type { KeyVerdict, ShipmentRequest, Verdict } from '../ports/ledger.ts';
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

/** What a ledger does about an event, in the transaction that records the verdict. */
export type Consequence =
  | KeyConsequence
  | {
      kind: 'move';
      userId: string;
      concerned: Concerned;
      decide: (shipment: Shipment) => Decision | null;
      outcome: 'rechecked' | 'offboarded';
      /** The reason to ignore the event when no shipment moved. */
      otherwise: string;
      /** While a check of this user is next, nothing is done; `login` finds a check that has no user id yet. */
      afterChecksOf: { userId: string; login: string | null } | null;
    };

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
        kind: 'move',
        userId: verdict.userId,
        concerned: 'held_or_open',
        decide: (shipment) => recheck(shipment, 'profile_changed') ?? followChange(shipment),
        outcome: 'rechecked',
        otherwise: 'no shipment of this user can follow a profile change',
        afterChecksOf: { userId: verdict.userId, login: verdict.login },
      };
    case 'leaver':
      return {
        kind: 'move',
        userId: verdict.userId,
        concerned: 'open_or_active',
        decide: (shipment) => offboard(shipment, verdict),
        outcome: 'offboarded',
        otherwise: 'no shipment of this user can be cancelled or revoked',
        afterChecksOf: null,
      };
  }
}
