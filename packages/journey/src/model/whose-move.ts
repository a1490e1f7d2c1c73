import type { Service } from '../ports/errors.ts';
import { isEnded, isWaitingForSlot, nextSteps, type ParcelState, type PlanState, type StepName } from './plan.ts';
import type { Shipment } from './shipment.ts';

/** Who must act next. `us` is keycourier itself; `person` is the recipient of the key. */
export const movers = ['us', 'okta', 'provider', 'carrier', 'person', 'operator', 'none'] as const;

export type Mover = (typeof movers)[number];

/** Polling is no move: it only reads what the provider and the carrier do. */
type ActingStep = Exclude<StepName, 'track-parcel'>;

/** A day is one on which the provider and carriers work; holidays are not known here. */
type Span = { minutes: number } | { businessDays: number } | null;

/**
 * Who makes each move, and for how long it is normal that they have not made it; null where there is no such time.
 * The provider's: its FAQ (processes requests once a day, on weekdays; announces delays of more than two business days).
 * No carrier's times by country are published; those, and those of people and operators, are estimates that hold nothing.
 */
const moves = {
  'check-profile': { who: 'us', normal: { minutes: 15 } },
  'enroll-credential': { who: 'us', normal: { minutes: 15 } },
  'place-order': { who: 'us', normal: { minutes: 15 } },
  'edit-order': { who: 'us', normal: { minutes: 15 } },
  'cancel-order': { who: 'us', normal: { minutes: 15 } },
  'delete-enrollment': { who: 'us', normal: { minutes: 15 } },
  'activate-credential': { who: 'us', normal: { minutes: 15 } },
  'revoke-credential': { who: 'us', normal: { minutes: 15 } },
  'release-pin': { who: 'us', normal: { minutes: 15 } },
  'send-pin': { who: 'us', normal: { minutes: 15 } },
  wait_for_slot: { who: 'us', normal: null },
  okta_unavailable: { who: 'okta', normal: null },
  provider_unavailable: { who: 'provider', normal: null },
  service_unavailable: { who: 'operator', normal: null },
  renew_credentials: { who: 'operator', normal: { businessDays: 1 } },
  process_order: { who: 'provider', normal: { businessDays: 2 } },
  ship_parcel: { who: 'provider', normal: { businessDays: 4 } },
  send_programmed_key: { who: 'provider', normal: { businessDays: 1 } },
  deliver_parcel: { who: 'carrier', normal: { businessDays: 10 } },
  resolve_exception: { who: 'carrier', normal: { businessDays: 3 } },
  replace_parcel: { who: 'operator', normal: { businessDays: 2 } },
  confirm_receipt: { who: 'person', normal: { businessDays: 5 } },
  decide_hold: { who: 'operator', normal: { businessDays: 1 } },
  retry_request: { who: 'operator', normal: { businessDays: 1 } },
  completed: { who: 'none', normal: null },
  cancelled: { who: 'none', normal: null },
  failed: { who: 'none', normal: null },
  dry_run_ended: { who: 'none', normal: null },
} as const satisfies Readonly<Record<ActingStep, { who: 'us'; normal: Span }>> &
  Readonly<Record<string, { who: Mover; normal: Span }>>;

export type MoveCode = keyof typeof moves;

const isMoveCode = (code: string): code is MoveCode => Object.hasOwn(moves, code);

export const moveCodes: readonly MoveCode[] = Object.keys(moves).filter(isMoveCode);

/** Business days of a parcel in transit, where they differ from those of `deliver_parcel`: near the provider's warehouses. */
const transitBusinessDays: Readonly<Partial<Record<string, number>>> = {
  US: 5,
  CA: 7,
  ...Object.fromEntries(
    'AT BE BG CH CY CZ DE DK EE ES FI FR GB GR HR HU IE IT LI LT LU LV MT NL NO PL PT RO SE SI SK'
      .split(' ')
      .map((country) => [country, 6]),
  ),
};

export interface NextMove {
  who: Mover;
  what: MoveCode;
  /** When this became their move, as far as it is stored: else the last change of the shipment. */
  since: Date;
  /** Until then it is normal that nothing has happened. Null: there is no such time. */
  normalUntil: Date | null;
}

/** What stops a shipment's steps besides its state: a service that does not answer, or refuses the tenant's credentials. */
export interface Obstruction {
  waitsFor?: Service | null;
  isPaused?: boolean;
}

type Judged = Pick<Shipment, 'plan' | 'hold' | 'failure' | 'order' | 'parcel' | 'createdAt' | 'updatedAt'> & {
  secrets: { profile?: { countryCode: string } | undefined };
};

/** The one who must act next for a shipment, since when, and until when that is normal. Every state has exactly one answer. */
export function whoseMove(shipment: Judged, obstruction: Obstruction = {}): NextMove {
  const what = moveOf(shipment, obstruction);
  const since = sinceOf(shipment, what);
  const country = what === 'deliver_parcel' ? shipment.secrets.profile?.countryCode.toUpperCase() : undefined;
  const days = country === undefined ? undefined : transitBusinessDays[country];
  const normal: Span = days === undefined ? moves[what].normal : { businessDays: days };
  return { who: moves[what].who, what, since, normalUntil: normal === null ? null : after(since, normal) };
}

function moveOf({ plan, failure, order }: Judged, obstruction: Obstruction): MoveCode {
  if (plan.dryRun && !(plan.order === 'requested' && !plan.held && !plan.profileChecked)) return 'dry_run_ended';
  if (plan.held) return 'decide_hold';
  const [step] = nextSteps(plan).filter((name) => name !== 'track-parcel');
  if (step !== undefined) return obstructedBy(obstruction) ?? step;
  if (plan.order === 'failed') return failure?.code === 'user_not_found' ? 'retry_request' : 'failed';
  if (plan.order === 'cancelled') return 'cancelled';
  if (isEnded(plan.order)) return plan.credential === 'revoked' ? 'cancelled' : 'completed';
  return isWaitingForSlot(plan) ? 'wait_for_slot' : moveOfParcel(plan, order.isLocked);
}

const byService: Readonly<Record<Service, MoveCode>> = {
  okta: 'okta_unavailable',
  hub: 'okta_unavailable',
  fulfillment: 'provider_unavailable',
  mail: 'service_unavailable',
  hris: 'service_unavailable',
};

function obstructedBy({ waitsFor = null, isPaused = false }: Obstruction): MoveCode | null {
  if (isPaused) return 'renew_credentials';
  return waitsFor === null ? null : byService[waitsFor];
}

const byParcel: Readonly<Record<Exclude<ParcelState, 'none' | 'preparing' | 'delivered'>, MoveCode>> = {
  in_transit: 'deliver_parcel',
  exception: 'resolve_exception',
  lost: 'replace_parcel',
  returned: 'replace_parcel',
};

function moveOfParcel({ parcel, programmed, receiptConfirmed }: PlanState, isLocked: boolean): MoveCode {
  if (receiptConfirmed || parcel === 'delivered') return programmed ? 'confirm_receipt' : 'send_programmed_key';
  if (parcel === 'none' || parcel === 'preparing') return isLocked ? 'ship_parcel' : 'process_order';
  return byParcel[parcel];
}

function sinceOf({ hold, order, parcel, updatedAt }: Judged, what: MoveCode): Date {
  if (what === 'decide_hold') return hold?.since ?? updatedAt;
  if (what === 'process_order' || what === 'ship_parcel') return order.placedAt ?? updatedAt;
  return what === 'deliver_parcel' ? (parcel.inTransitSince ?? updatedAt) : updatedAt;
}

const dayMs = 24 * 3_600_000;

function after(since: Date, span: NonNullable<Span>): Date {
  return 'minutes' in span
    ? new Date(since.getTime() + span.minutes * 60_000)
    : afterBusinessDays(since, span.businessDays);
}

/** The same time of day so many weekdays later, in UTC. */
export function afterBusinessDays(since: Date, days: number): Date {
  let time = since.getTime();
  for (let left = days; left > 0;) {
    time += dayMs;
    const weekday = new Date(time).getUTCDay();
    if (weekday !== 0 && weekday !== 6) left -= 1;
  }
  return new Date(time);
}
