import type { Decision } from '../model/change.ts';
import { isOpen, type PlanState } from '../model/plan.ts';
import type { Shipment } from '../model/shipment.ts';
import type { ShipmentRequest } from '../ports/ledger.ts';

/** The shipments of a user that a verdict may concern: a ledger finds them, and `decide` decides about each. */
export const concerned = {
  held_or_open: (plan) => plan.held || isOpen(plan),
  open_or_active: (plan) => isOpen(plan) || (!plan.dryRun && plan.credential === 'active'),
} as const satisfies Record<string, (plan: PlanState) => boolean>;

export type Concerned = keyof typeof concerned;

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
