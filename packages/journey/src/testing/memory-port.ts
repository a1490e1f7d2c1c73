import { isNext, type StepName } from '../model/plan.ts';
import type { ClaimResult, LedgerPort, RecordedVerdict, Verdict, StepAttempt } from '../ports/ledger.ts';
import type { CallLog } from './call-log.ts';
import { shipmentOf, type MemoryLedger } from './memory-ledger.ts';

export const leaseMs = 15_000;

interface Lease {
  attempts: number;
  untilMs: number;
  id: string | null;
}

/** The ledger as a room sees it, over the line on which processes die. */
export function ledgerPort(ledger: MemoryLedger, log: CallLog): LedgerPort {
  const leases = new Map<string, Lease>();
  return {
    move: (shipmentId, decide) => log.inLedger('ledger.move', () => ledger.move(shipmentId, decide)),
    read: (shipmentId) => log.inLedger('ledger.read', () => shipmentOf(ledger, shipmentId)),
    claimStep: (step, shipmentId) =>
      log.inLedger('ledger.claimStep', () => claimStep({ ledger, log, leases }, step, shipmentId)),
    finishAttempt: (attempt, { outcome, why, afterMs }) =>
      log.inLedger('ledger.finishAttempt', () => {
        const lease = leases.get(keyOf(attempt.step, attempt.shipment.id));
        if (lease?.id === attempt.id) Object.assign(lease, { untilMs: 0, id: null });
        ledger.attempts.push({ step: attempt.step, attempt: attempt.number, outcome, why, afterMs: afterMs ?? null });
      }),
    readEvent: (eventId) => log.inLedger('ledger.readEvent', () => ledger.events.get(eventId) ?? null),
    recordVerdict: (eventId, verdict) =>
      log.inLedger('ledger.recordVerdict', () => recordVerdict(ledger, eventId, verdict)),
    postponeEvent: (eventId) =>
      log.inLedger('ledger.postponeEvent', () => {
        const event = ledger.events.get(eventId);
        if (event !== undefined) ledger.events.set(eventId, { ...event, attempts: event.attempts + 1 });
      }),
    isFlowOn: (_, flow) => log.inLedger('ledger.isFlowOn', () => !ledger.flowsOff.has(flow)),
    pauseTenant: (_, until, reason) =>
      log.inLedger('ledger.pauseTenant', () => {
        ledger.pausedUntilMs = until.getTime();
        ledger.pauseReason = reason;
      }),
  };
}

const keyOf = (step: StepName, shipmentId: string): string => `${shipmentId} ${step}`;

function claimStep(
  { ledger, log, leases }: { ledger: MemoryLedger; log: CallLog; leases: Map<string, Lease> },
  step: StepName,
  shipmentId: string,
): ClaimResult {
  const shipment = ledger.shipments.get(shipmentId);
  if (shipment === undefined) return { outcome: 'not_found' };
  if (!isNext(shipment.plan, step)) return { outcome: 'not_next', shipment };
  const pausedMs = ledger.pausedUntilMs - log.nowMs();
  if (pausedMs > 0) return { outcome: 'tenant_paused', retryAfterMs: pausedMs, reason: ledger.pauseReason };
  const before = leases.get(keyOf(step, shipmentId));
  const leasedMs = (before?.untilMs ?? 0) - log.nowMs();
  if (leasedMs > 0) return { outcome: 'already_running', retryAfterMs: leasedMs };
  const number = (before?.attempts ?? 0) + 1;
  const attempt: StepAttempt = { step, shipment, number, id: `${keyOf(step, shipmentId)} ${number}` };
  leases.set(keyOf(step, shipmentId), {
    attempts: number,
    untilMs: log.nowMs() + leaseMs,
    id: attempt.id,
  });
  return { outcome: 'claimed', attempt };
}

function recordVerdict(ledger: MemoryLedger, eventId: string, verdict: Verdict): RecordedVerdict {
  const event = ledger.events.get(eventId);
  const state = verdict.verdict === 'ignored' ? 'ignored' : 'accepted';
  if (event !== undefined) ledger.events.set(eventId, { ...event, state, verdict });
  switch (verdict.verdict) {
    case 'ignored':
      return { outcome: 'ignored', reason: verdict.reason };
    case 'key_request':
      return { outcome: 'created', shipmentId: 'shp_1' };
    case 'recheck':
      return { outcome: 'rechecked', shipmentIds: ['shp_1'] };
    case 'leaver':
      return { outcome: 'offboarded', shipmentIds: ['shp_1'] };
  }
}
