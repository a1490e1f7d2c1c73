import { isNext, type PlanState } from '../model/plan.ts';
import type { KeyVerdict, Verdict } from '../ports/ledger.ts';
import type { Consequence, KeyConsequence } from './consequence.ts';
import { directoryConsequenceOf } from './directory-consequences.ts';
import { offboard } from './offboard.ts';
import { followChange, recheck } from './recheck.ts';

/** A check that runs now may have read the profile before it changed. */
export const isToCheck = (plan: PlanState): boolean => !plan.dryRun && isNext(plan, 'check-profile');

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
