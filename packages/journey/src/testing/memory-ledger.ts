import { applyChange, type Decision, type Note } from '../model/change.ts';
import type { FlowSlug } from '../model/flows.ts';
import { isOpen, isWaitingForSlot, mayReleaseSlot, nextSteps, type StepName } from '../model/plan.ts';
import { isOfGroup, type Shipment } from '../model/shipment.ts';
import type { PinPolicy } from '../model/tenant.ts';
import { JourneyError, type Service } from '../ports/errors.ts';
import type { InboundEvent, Moved, RecordedVerdict, Verdict } from '../ports/ledger.ts';
import type { Obstacle } from '../requests/second-key.ts';
import type { CallLog } from './call-log.ts';
import { memoryDirectory, type MemoryDirectory } from './memory-directory.ts';
import { sampleTenant } from './samples.ts';

export type Decide = (shipment: Shipment) => Decision | null;

/**
 * A ledger of one tenant in memory, by the rules of the Postgres ledger: slots, leases, outbox messages, and one open
 * shipment per user. ledger-port.contract.ts holds both to the same behaviour.
 */
export interface MemoryLedger {
  shipments: Map<string, Shipment>;
  history: (Note & { shipmentId: string; after: Shipment })[];
  attempts: { step: StepName; attempt: number; outcome: string; why: string | null; afterMs: number | null }[];
  events: Map<string, Omit<InboundEvent, 'flowsOff'> & { verdict?: Verdict; recorded?: RecordedVerdict }>;
  /** The dispatch id of each outbox message, by shipment and step. */
  outbox: Map<string, string>;
  leases: Map<string, { attempts: number; failures: number; untilMs: number; id: string | null }>;
  flowsOff: Set<FlowSlug>;
  flowSwitches: { flow: FlowSlug; enabled: boolean; at: Date }[];
  pausedUntilMs: number;
  pauseReason: string;
  pauseService: Service | null;
  maxRequestsInFlight: number;
  pinPolicy: PinPolicy;
  directory: MemoryDirectory;
  /** Adds a shipment at the last position. */
  open: (shipment: Shipment) => void;
  /** A move that is no call of the code under test: by an operator or another process. */
  move: (shipmentId: string, decide: Decide) => Moved;
  switchFlow: (flow: FlowSlug, enabled: boolean) => void;
  /** What no code under test may do: illegal moves, decisions that are not pure. */
  violations: string[];
}

export const keyOf = (step: StepName, shipmentId: string): string => `${shipmentId} ${step}`;

export function createMemoryLedger(log: CallLog): MemoryLedger {
  const positions: string[] = [];
  let dispatches = 0;
  const updateSlotsAndOutbox = (): void => {
    grantSlots(ledger, positions);
    for (const { id, plan } of ledger.shipments.values()) syncOutbox(id, nextSteps(plan));
  };
  const syncOutbox = (id: string, next: readonly StepName[]): void => {
    const keys = next.map((step) => keyOf(step, id));
    for (const key of ledger.outbox.keys())
      if (key.startsWith(`${id} `) && !keys.includes(key)) ledger.outbox.delete(key);
    for (const key of keys) if (!ledger.outbox.has(key)) dispatch(key);
  };
  const dispatch = (key: string): void => void ledger.outbox.set(key, String((dispatches += 1)));
  const retryNow = (id: string): void => {
    for (const key of ledger.outbox.keys())
      if (key.startsWith(`${id} `) && (ledger.leases.get(key)?.untilMs ?? 0) <= log.nowMs()) dispatch(key);
  };
  const ledger: MemoryLedger = {
    shipments: new Map(),
    history: [],
    attempts: [],
    events: new Map(),
    outbox: new Map(),
    leases: new Map(),
    flowsOff: new Set(),
    flowSwitches: [],
    pausedUntilMs: 0,
    pauseReason: '',
    pauseService: null,
    maxRequestsInFlight: 1,
    pinPolicy: sampleTenant.pin,
    directory: memoryDirectory(),
    violations: [],
    open: (shipment) => {
      ledger.shipments.set(shipment.id, frozen(shipment));
      positions.push(shipment.id);
      updateSlotsAndOutbox();
    },
    move: (shipmentId, decide) => {
      const before = shipmentOf(ledger, shipmentId);
      const decision = decideTwice(ledger, before, decide);
      if (decision === null) return { outcome: 'declined', shipment: before };
      const { change, note } = decision;
      const after = applied(ledger, before, { decision, now: log.now() });
      const of = clash(ledger, after);
      if (of !== null) return { outcome: 'duplicate', of, shipment: before };
      ledger.shipments.set(shipmentId, frozen(after));
      if (change.moveToBack === true) positions.push(...positions.splice(positions.indexOf(shipmentId), 1));
      updateSlotsAndOutbox();
      if (change.retryNow === true) retryNow(shipmentId);
      ledger.history.push({ ...note, shipmentId, after });
      log.calls.push(`move ${note.event}`);
      return { outcome: 'moved', shipment: shipmentOf(ledger, shipmentId) };
    },
    switchFlow: (flow, enabled) => {
      ledger.flowSwitches.push({ flow, enabled, at: log.now() });
      if (enabled) ledger.flowsOff.delete(flow);
      else ledger.flowsOff.add(flow);
      if (flow === 'process-shipments' && !enabled)
        for (const shipment of ledger.shipments.values()) releaseSlot(ledger, shipment);
      updateSlotsAndOutbox();
    },
  };
  return ledger;
}

export function shipmentOf({ shipments }: MemoryLedger, shipmentId: string): Shipment {
  const shipment = shipments.get(shipmentId);
  if (shipment === undefined) throw new RangeError(`there is no shipment ${shipmentId}`);
  return shipment;
}

/** The real ledger may call `decide` twice. */
function decideTwice({ violations }: MemoryLedger, before: Shipment, decide: Decide): Decision | null {
  const [first, second] = [decide(before), decide(before)];
  if (first !== second && JSON.stringify(first) !== JSON.stringify(second))
    violations.push(`the decision ${first?.note.event ?? 'to decline'} is not pure`);
  return first;
}

/** A decision that changes its argument throws. */
function frozen<Value>(value: Value): Value {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value;
  for (const inner of Object.values(value)) frozen(inner);
  return Object.freeze(value);
}

function applied(
  { violations }: MemoryLedger,
  before: Shipment,
  { decision: { change, note }, now }: { decision: Decision; now: Date },
): Shipment {
  try {
    return applyChange(before, change, now);
  } catch (error) {
    if (error instanceof JourneyError) violations.push(`${note.event}: ${error.message}`);
    throw error;
  }
}

/** What the unique index compares: the user id once it is known, else the login. */
const personOf = ({ user, secrets }: Shipment): string => user.id ?? (secrets.login ?? '').toLowerCase();

/** Open shipments are unique per (tenant, user, purpose). */
function clash({ shipments }: MemoryLedger, after: Shipment): string | null {
  const other = [...shipments.values()].find(
    (one) =>
      one.id !== after.id &&
      isOpen(one.plan) &&
      isOpen(after.plan) &&
      one.purpose === after.purpose &&
      personOf(one) === personOf(after),
  );
  return other?.id ?? null;
}

/** The shipment that keeps a request from being created: an open one of the user, and for a group an active key. */
export function findObstacle({ shipments }: MemoryLedger, request: Shipment): Obstacle | null {
  const login = request.secrets.login?.toLowerCase();
  const isSameLogin = (one: Shipment): boolean =>
    login !== undefined &&
    one.secrets.login?.toLowerCase() === login &&
    (one.user.id === null || request.user.id === null);
  const ofPurpose = [...shipments.values()].filter(({ purpose }) => purpose === request.purpose);
  const open = ofPurpose.find((one) => isOpen(one.plan) && (personOf(one) === personOf(request) || isSameLogin(one)));
  if (open !== undefined)
    return { outcome: 'already_open', shipmentId: open.id, product: open.product, isWithdrawn: isWithdrawn(open) };
  if (!isOfGroup(request)) return null;
  const active = ofPurpose.find((one) => one.plan.credential === 'active' && personOf(one) === personOf(request));
  if (active === undefined) return null;
  return { outcome: 'has_active_key', shipmentId: active.id, ...(isWithdrawn(active) && { isWithdrawn: true }) };
}

const isWithdrawn = ({ plan }: Shipment): boolean =>
  plan.cancelRequested || plan.revokeRequested || plan.order === 'cancelling';

function grantSlots(ledger: MemoryLedger, positions: readonly string[]): void {
  if (ledger.flowsOff.has('process-shipments')) return;
  const inOrder = positions.map((id) => shipmentOf(ledger, id));
  const taken = inOrder.filter(({ plan }) => plan.inSlot).length;
  const free = Math.max(0, ledger.maxRequestsInFlight - taken);
  for (const next of inOrder.filter(({ plan }) => isWaitingForSlot(plan)).slice(0, free))
    ledger.shipments.set(next.id, frozen({ ...next, plan: { ...next.plan, inSlot: true } }));
}

export function releaseSlot(ledger: MemoryLedger, shipment: Shipment): Shipment {
  if (!mayReleaseSlot(shipment.plan)) return shipment;
  const released = frozen({ ...shipment, plan: { ...shipment.plan, inSlot: false } });
  ledger.shipments.set(shipment.id, released);
  return released;
}
