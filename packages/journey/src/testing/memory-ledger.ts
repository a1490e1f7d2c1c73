import { applyChange, type Decision, type Note } from '../model/change.ts';
import type { FlowSlug } from '../model/flows.ts';
import { isOpen, isWaitingForSlot, type StepName } from '../model/plan.ts';
import type { Shipment } from '../model/shipment.ts';
import { JourneyError } from '../ports/errors.ts';
import type { InboundEvent, Moved, Verdict } from '../ports/ledger.ts';
import type { CallLog } from './call-log.ts';

/** A ledger in memory: the same rules as the real one, down to places, leases and the one open shipment per person. */
export interface MemoryLedger {
  shipments: Map<string, Shipment>;
  history: (Note & { shipmentId: string; after: Shipment })[];
  attempts: { step: StepName; attempt: number; outcome: string; why: string | null; afterMs: number | null }[];
  events: Map<string, InboundEvent & { verdict?: Verdict }>;
  flowsOff: Set<FlowSlug>;
  pausedUntilMs: number;
  pauseReason: string;
  maxRequestsInFlight: number;
  /** Adds a shipment at the end of the line. */
  open: (shipment: Shipment) => void;
  /** One move, outside the line: what an operator or another process does. */
  move: (shipmentId: string, decide: (shipment: Shipment) => Decision | null) => Moved;
  /** What went wrong that no code under test may do: illegal moves, decisions that are not pure. */
  violations: string[];
}

export function createMemoryLedger(log: CallLog): MemoryLedger {
  const queue: string[] = [];
  const ledger: MemoryLedger = {
    shipments: new Map(),
    history: [],
    attempts: [],
    events: new Map(),
    flowsOff: new Set(),
    pausedUntilMs: 0,
    pauseReason: '',
    maxRequestsInFlight: 1,
    violations: [],
    open: (shipment) => {
      ledger.shipments.set(shipment.id, frozen(shipment));
      queue.push(shipment.id);
      grantSlots(ledger, queue);
    },
    move: (shipmentId, decide) => {
      const before = shipmentOf(ledger, shipmentId);
      const decision = decideTwice(ledger, before, decide);
      if (decision === null) return { outcome: 'declined', shipment: before };
      const after = applied(ledger, before, decision, log.now());
      const of = clash(ledger, after);
      if (of !== null) return { outcome: 'duplicate', of, shipment: before };
      ledger.shipments.set(shipmentId, frozen(after));
      if (decision.change.moveToBack === true) queue.push(...queue.splice(queue.indexOf(shipmentId), 1));
      grantSlots(ledger, queue);
      ledger.history.push({ ...decision.note, shipmentId, after });
      log.calls.push(`move ${decision.note.event}`);
      return { outcome: 'moved', shipment: after };
    },
  };
  return ledger;
}

export function shipmentOf({ shipments }: MemoryLedger, shipmentId: string): Shipment {
  const shipment = shipments.get(shipmentId);
  if (shipment === undefined) throw new RangeError(`there is no shipment ${shipmentId}`);
  return shipment;
}

/** The real ledger may ask twice. */
function decideTwice(
  { violations }: MemoryLedger,
  before: Shipment,
  decide: (shipment: Shipment) => Decision | null,
): Decision | null {
  const [first, second] = [decide(before), decide(before)];
  if (first !== second && JSON.stringify(first) !== JSON.stringify(second))
    violations.push(`the decision ${first?.note.event ?? 'to decline'} is not pure`);
  return first;
}

/** A decision that changes what it looks at is thrown out. */
function frozen<Value>(value: Value): Value {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value;
  for (const inner of Object.values(value)) frozen(inner);
  return Object.freeze(value);
}

function applied({ violations }: MemoryLedger, before: Shipment, { change, note }: Decision, now: Date): Shipment {
  try {
    return applyChange(before, change, now);
  } catch (error) {
    if (error instanceof JourneyError) violations.push(`${note.event}: ${error.message}`);
    throw error;
  }
}

/** Open shipments are unique per (tenant, person, purpose). */
function clash({ shipments }: MemoryLedger, after: Shipment): string | null {
  const personOf = ({ user, secrets }: Shipment): string => user.id ?? (secrets.login ?? '').toLowerCase();
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

function grantSlots(ledger: MemoryLedger, queue: readonly string[]): void {
  if (ledger.flowsOff.has('process-shipments')) return;
  const log = queue.map((id) => shipmentOf(ledger, id));
  const taken = log.filter(({ plan }) => plan.inSlot).length;
  for (const next of log
    .filter(({ plan }) => isWaitingForSlot(plan))
    .slice(0, Math.max(0, ledger.maxRequestsInFlight - taken)))
    ledger.shipments.set(next.id, frozen({ ...next, plan: { ...next.plan, inSlot: true } }));
}
