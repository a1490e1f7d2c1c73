import { eventHead, publishedAt } from '../1-intake/okta-event.ts';
import { applyChange, stepMadeNext } from '../model/change.ts';
import type { FlowSlug } from '../model/flows.ts';
import { isNext, mayReleaseSlot, nextSteps, type StepName } from '../model/plan.ts';
import type { Shipment } from '../model/shipment.ts';
import type {
  AttemptResult,
  Chain,
  ClaimResult,
  Finished,
  InboundEvent,
  LastMoves,
  LedgerPort,
  Moved,
  RecordedVerdict,
  StepAttempt,
  StepFailure,
  Verdict,
} from '../ports/ledger.ts';
import type { CallLog } from './call-log.ts';
import { carryOutAll, type Memory } from './memory-consequences.ts';
import { keyOf, releaseSlot, shipmentOf, type MemoryLedger } from './memory-ledger.ts';

export const leaseMs = 15_000;

/** The ledger port on a ledger in memory; its calls fail as the call log decides. */
export function ledgerPort(ledger: MemoryLedger, log: CallLog): LedgerPort {
  return {
    move: (shipmentId, decide) => log.inLedger('ledger.move', () => ledger.move(shipmentId, decide)),
    read: (shipmentId) => log.inLedger('ledger.read', () => shipmentOf(ledger, shipmentId)),
    claimStep: (step, shipmentId, dispatchId) =>
      log.inLedger('ledger.claimStep', () => claimStep({ ledger, log }, { step, shipmentId, dispatchId })),
    finishAttempt: (attempt, result) =>
      log.inLedger('ledger.finishAttempt', () => finishAttempt(ledger, attempt, result)),
    finishWithMove: (attempt, last, chain) =>
      log.inLedger('ledger.finishWithMove', () => finishWithMove({ ledger, log }, attempt, { last, chain })),
    readEvent: (eventId) => log.inLedger('ledger.readEvent', () => readEvent(ledger, eventId)),
    recordVerdict: (eventId, verdict, chain) =>
      log.inLedger('ledger.recordVerdict', () => recordVerdict({ ledger, log }, { eventId, verdict, chain })),
    postponeEvent: (eventId, _, failure) =>
      log.inLedger('ledger.postponeEvent', () => {
        const event = ledger.events.get(eventId);
        if (event !== undefined)
          ledger.events.set(eventId, { ...event, failures: failuresAfter(event.failures, failure) });
      }),
    pauseTenant: (_, { until, reason, service }) =>
      log.inLedger('ledger.pauseTenant', () => {
        if (until.getTime() <= ledger.pausedUntilMs) return;
        ledger.pausedUntilMs = until.getTime();
        ledger.pauseReason = reason;
        ledger.pauseService = service;
      }),
  };
}

function finishAttempt(
  ledger: MemoryLedger,
  attempt: StepAttempt,
  { outcome, why, afterMs, failure }: AttemptResult,
): void {
  const lease = ledger.leases.get(keyOf(attempt.step, attempt.shipment.id));
  if (lease?.id === attempt.id)
    Object.assign(lease, { untilMs: 0, id: null, failures: failuresAfter(lease.failures, failure) });
  ledger.attempts.push({ step: attempt.step, attempt: attempt.number, outcome, why, afterMs: afterMs ?? null });
}

function finishWithMove(
  memory: Memory,
  attempt: StepAttempt,
  { last, chain }: { last: LastMoves; chain: Chain },
): Finished {
  const { ledger } = memory;
  const before = shipmentOf(ledger, attempt.shipment.id);
  const made = last.moves.map((decide) => ledger.move(before.id, decide));
  const moved = made.find(({ outcome }) => outcome !== 'declined') ?? made[0];
  const result: Moved =
    moved?.outcome === 'duplicate'
      ? moved
      : madeOf(ledger, before.id, moved !== undefined && moved.outcome === 'moved');
  const end = last.resultOf(result);
  if (end === null) return { moved: result, next: null };
  finishAttempt(ledger, attempt, end);
  return { moved: result, ...claimNext(memory, { before, moved: result, last, chain }) };
}

const madeOf = (ledger: MemoryLedger, id: string, isMoved: boolean): Moved => ({
  outcome: isMoved ? 'moved' : 'declined',
  shipment: shipmentOf(ledger, id),
});

interface Claiming {
  before: Shipment;
  moved: Moved;
  last: LastMoves;
  chain: Chain;
}

/** The next step and its intent, in the transaction of the move that made it next; or the one after, with which that one is done. */
function claimNext(memory: Memory, claiming: Claiming): Pick<Finished, 'next' | 'alsoDone'> {
  const { before, moved, chain } = claiming;
  const also = alsoDone(memory, claiming);
  const { shipment } = also ?? moved;
  const step = stepMadeNext(before.plan, shipment.plan);
  if (step === null || step === 'track-parcel' || (also === null && !chain.admit(step, shipment)))
    return { next: null };
  const claim = claimStep(memory, { step, shipmentId: shipment.id, dispatchId: null });
  chain.onClaim(claim.outcome === 'claimed');
  if (claim.outcome !== 'claimed') return { next: null };
  const done = also === null ? {} : { alsoDone: also.step };
  const intent = chain.intentOf(step, shipment);
  if (intent === null) return { next: claim.attempt, ...done };
  const intended = memory.ledger.move(shipment.id, () => intent).shipment;
  return { next: { ...claim.attempt, shipment: intended, isIntended: true }, ...done };
}

function alsoDone(
  { ledger, log }: Memory,
  { before, moved: { shipment }, last, chain }: Claiming,
): { step: StepName; shipment: Shipment } | null {
  const step = stepMadeNext(before.plan, shipment.plan);
  const decision = step === null ? null : (last.doneWith?.(step, shipment) ?? null);
  if (step === null || decision === null || ledger.pausedUntilMs > log.nowMs()) return null;
  const after = applyChange(shipment, decision.change, log.now());
  const following = stepMadeNext(before.plan, after.plan);
  if (following === null || !chain.admit(following, after)) return null;
  ledger.attempts.push({ step, attempt: 1, outcome: 'done', why: null, afterMs: null });
  return { step, shipment: ledger.move(shipment.id, () => decision).shipment };
}

function failuresAfter(before: number, failure: StepFailure | undefined): number {
  if (failure === undefined) return 0;
  return failure.isCounted ? before + 1 : before;
}

function claimStep(
  { ledger, log }: Memory,
  { step, shipmentId, dispatchId }: { step: StepName; shipmentId: string; dispatchId: string | null },
): ClaimResult {
  const shipment = ledger.shipments.get(shipmentId);
  if (shipment === undefined) return { outcome: 'not_found' };
  if (!isNext(shipment.plan, step)) return { outcome: 'not_next', shipment };
  if (ledger.flowsOff.has('process-shipments') && mayReleaseSlot(shipment.plan))
    return { outcome: 'not_next', shipment: releaseSlot(ledger, shipment) };
  const pausedMs = ledger.pausedUntilMs - log.nowMs();
  if (pausedMs > 0) return { outcome: 'tenant_paused', retryAfterMs: pausedMs, reason: ledger.pauseReason };
  const key = keyOf(step, shipmentId);
  const latest = ledger.outbox.get(key);
  if (dispatchId !== null && latest !== undefined && latest !== dispatchId) return { outcome: 'superseded' };
  const before = ledger.leases.get(key);
  const leasedMs = (before?.untilMs ?? 0) - log.nowMs();
  if (leasedMs > 0) return { outcome: 'already_running', retryAfterMs: leasedMs };
  const number = (before?.attempts ?? 0) + 1;
  const failures = before?.failures ?? 0;
  const tenant = { flowsOff: [...ledger.flowsOff], hasDirectory: ledger.directory.people.size > 0 };
  const attempt: StepAttempt = { step, shipment, number, failures, id: `${key} ${number}`, ...tenant };
  ledger.leases.set(key, { attempts: number, failures, untilMs: log.nowMs() + leaseMs, id: attempt.id });
  return { outcome: 'claimed', attempt };
}

function readEvent(ledger: MemoryLedger, eventId: string): InboundEvent | null {
  const event = ledger.events.get(eventId);
  if (event === undefined) return null;
  const { id, tenant, body, state, source, failures } = event;
  const { data } = eventHead.safeParse(body);
  const flowsOff = flowsOffAt(ledger, data === undefined ? null : publishedAt(data));
  return { id, tenant, body, state, source, failures, flowsOff };
}

function flowsOffAt({ flowsOff, flowSwitches }: MemoryLedger, published: Date | null): FlowSlug[] {
  const then = new Map(
    flowSwitches.flatMap(({ flow, enabled, at }) => (published !== null && at <= published ? [[flow, enabled]] : [])),
  );
  return [...new Set([...flowsOff, ...[...then].flatMap(([flow, enabled]) => (enabled ? [] : [flow]))])];
}

function recordVerdict(
  { ledger, log }: Memory,
  { eventId, verdict, chain }: { eventId: string; verdict: Verdict; chain: Chain | undefined },
): RecordedVerdict {
  const event = ledger.events.get(eventId);
  if (event === undefined) throw new RangeError(`there is no event ${eventId}`);
  if (event.recorded !== undefined) return asRecorded(event.recorded);
  const recorded = carryOutAll({ ledger, log }, verdict);
  if (recorded.outcome === 'check_under_way' || recorded.outcome === 'suspended') return recorded;
  ledger.events.set(eventId, { ...event, state: stateOf(recorded), verdict, recorded });
  if (recorded.outcome !== 'created' || chain === undefined) return recorded;
  const next = claimFirst({ ledger, log }, shipmentOf(ledger, recorded.shipmentId), chain);
  const seen = verdict.verdict === 'key_request' ? verdict.seen : undefined;
  return next === null ? recorded : { ...recorded, next: seen === undefined ? next : { seen, ...next } };
}

function claimFirst(memory: Memory, shipment: Shipment, chain: Chain): StepAttempt | null {
  const [step] = nextSteps(shipment.plan);
  if (step === undefined || !chain.admit(step, shipment)) return null;
  const claim = claimStep(memory, { step, shipmentId: shipment.id, dispatchId: null });
  chain.onClaim(claim.outcome === 'claimed');
  return claim.outcome === 'claimed' ? claim.attempt : null;
}

/** The event's own state is that of its first key. */
function stateOf(recorded: RecordedVerdict): InboundEvent['state'] {
  const { outcome } = recorded.outcome === 'several_keys' ? (recorded.keys[0] ?? recorded) : recorded;
  return outcome === 'ignored' || outcome === 'set_aside' ? outcome : 'accepted';
}

/** Only the new shipment and the reason are stored with an event. */
function asRecorded(recorded: RecordedVerdict): RecordedVerdict {
  if (recorded.outcome === 'several_keys' || recorded.outcome === 'created' || 'reason' in recorded) return recorded;
  return { outcome: 'ignored', reason: recorded.outcome };
}
