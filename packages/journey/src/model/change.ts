import { JourneyError } from '../ports/errors.ts';
import {
  isLegal,
  derive,
  nextSteps,
  type CredentialState,
  type OrderState,
  type ParcelState,
  type PinState,
  type PlanState,
  type StepName,
} from './plan.ts';
import type { Hold, Intents, Secrets, Shipment, Suspension } from './shipment.ts';
import type { Product } from './tenant.ts';

/** What one move changes. Absent means unchanged; a secret set to null is deleted for good. */
export interface Change {
  order?: OrderState;
  parcel?: ParcelState;
  credential?: CredentialState;
  pin?: PinState;
  hold?: Hold | null;
  failure?: Shipment['failure'];
  liftedHold?: Hold | null;
  suspension?: Suspension | null;
  profileChecked?: boolean;
  programmed?: boolean;
  receiptConfirmed?: boolean;
  releaseOverridden?: boolean;
  cancelRequested?: boolean;
  revokeRequested?: boolean;
  editRequested?: boolean;
  user?: { id: string };
  hubUser?: Shipment['hubUser'];
  product?: Product;
  duplicateOf?: string;
  pinMail?: Shipment['pin'];
  orderDetails?: Partial<Shipment['order']>;
  parcelDetails?: Partial<Shipment['parcel']>;
  credentialDetails?: Partial<Shipment['credential']>;
  intents?: Intents;
  secrets?: { [Name in keyof Secrets]?: Secrets[Name] | null };
  /** Take the last position among the tenant's shipments. */
  moveToBack?: boolean;
  /** Nothing changes, but every next step is due now. */
  retryNow?: boolean;
}

/** One entry of a shipment's history: the event and the ids that explain it. Never a value of a profile. */
export interface Note {
  event: string;
  detail?: Readonly<Record<string, string | number | boolean | null>>;
}

export interface Decision {
  change: Change;
  note: Note;
  /** How long after the move a step is due that it makes next; at once where it is not named. */
  dueAfterMs?: Partial<Record<StepName, number>>;
}

/** The shipment after a change, with what derives from it.
 * @throws JourneyError `illegal_move` when the plan has no such arrow.
 */
export function applyChange(shipment: Shipment, change: Change, now: Date): Shipment {
  for (const facet of ['order', 'parcel', 'credential', 'pin'] as const) {
    const to = change[facet];
    if (to !== undefined && !isLegal(facet, shipment.plan[facet], to))
      throw new JourneyError(
        'illegal_move',
        `${facet} cannot go from ${shipment.plan[facet]} to ${to} (shipment ${shipment.id})`,
      );
  }
  const suspension = change.suspension === undefined ? shipment.suspension : change.suspension;
  const hold = holdAfter(shipment, change, { suspension, now });
  const derived = derive(nextPlan(shipment.plan, change, hold));
  const plan = isOrderUnclear(shipment, derived) ? { ...derived, credential: 'pending' as const } : derived;
  return {
    ...shipment,
    plan,
    hold: plan.held ? hold : null,
    failure: change.failure === undefined ? shipment.failure : change.failure,
    liftedHold: change.liftedHold === undefined ? shipment.liftedHold : change.liftedHold,
    suspension,
    user: change.user ?? shipment.user,
    hubUser: change.hubUser === undefined ? shipment.hubUser : change.hubUser,
    product: change.product ?? shipment.product,
    duplicateOf: change.duplicateOf ?? shipment.duplicateOf,
    pin: change.pinMail ?? shipment.pin,
    order: { ...shipment.order, ...change.orderDetails },
    parcel: { ...shipment.parcel, ...change.parcelDetails },
    credential: { ...shipment.credential, ...change.credentialDetails },
    // Of properties that may be new, V8 makes hidden classes each time where they are spread.
    intents: Object.assign({}, shipment.intents, change.intents),
    secrets: nextSecrets(shipment.secrets, change.secrets),
    updatedAt: now,
  };
}

/** The step that a change made next; null where it made none. */
export function stepMadeNext(before: PlanState, after: PlanState): StepName | null {
  const earlier = nextSteps(before);
  return nextSteps(after).find((step) => !earlier.includes(step)) ?? null;
}

/** Any other hold stays, and when it is lifted a suspension holds the shipment. What is being cancelled goes on to its end. */
function holdAfter(
  shipment: Shipment,
  change: Change,
  { suspension, now }: { suspension: Suspension | null; now: Date },
): Hold | null {
  const hold = change.hold === undefined ? shipment.hold : change.hold;
  const isSuspended =
    suspension !== null && !suspension.isLifted && !(change.cancelRequested ?? shipment.plan.cancelRequested);
  if (isSuspended) return hold ?? { code: 'suspended', problems: [], since: now };
  return hold?.code === 'suspended' ? null : hold;
}

/** An order that was given up may still appear at the provider: the step that deletes the enrollment looks for it, too. */
function isOrderUnclear({ plan, intents }: Shipment, { order, credential }: PlanState): boolean {
  return order === 'cancelled' && plan.order !== 'cancelled' && credential === 'none' && intents.order !== undefined;
}

function nextPlan(plan: PlanState, change: Change, hold: Hold | null): PlanState {
  return {
    ...plan,
    order: change.order ?? plan.order,
    parcel: change.parcel ?? plan.parcel,
    credential: change.credential ?? plan.credential,
    pin: change.pin ?? plan.pin,
    held: hold !== null,
    profileChecked: change.profileChecked ?? plan.profileChecked,
    programmed: change.programmed ?? plan.programmed,
    receiptConfirmed: change.receiptConfirmed ?? plan.receiptConfirmed,
    releaseOverridden: change.releaseOverridden ?? plan.releaseOverridden,
    cancelRequested: change.cancelRequested ?? plan.cancelRequested,
    revokeRequested: change.revokeRequested ?? plan.revokeRequested,
    editRequested: change.editRequested ?? plan.editRequested,
  };
}

function nextSecrets(secrets: Shipment['secrets'], change: Change['secrets']): Shipment['secrets'] {
  if (change === undefined || Object.keys(change).length === 0) return secrets;
  const merged = Object.entries(Object.assign({}, secrets, change)).filter(
    ([, value]) => value !== null && value !== undefined,
  );
  return Object.fromEntries(merged);
}
