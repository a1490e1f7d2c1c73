import type { Entry, LedgerPort, SettledEvent, Verdict, Visit } from '../ports/context.ts';
import { isOwed, type Door } from '../model/plan.ts';
import type { Line } from './call-log.ts';
import type { MemoryLedger } from './memory-ledger.ts';

export const leaseMs = 15_000;

interface Lease {
  attempts: number;
  untilMs: number;
  execution: string | null;
}

/** The ledger as a room sees it, over the line on which processes die. */
export function ledgerPort(ledger: MemoryLedger, line: Line): LedgerPort {
  const leases = new Map<string, Lease>();
  return {
    move: (shipmentId, decide) => line.inLedger('ledger.move', () => ledger.move(shipmentId, decide)),
    enter: (door, shipmentId) => line.inLedger('ledger.enter', () => enter({ ledger, line, leases }, door, shipmentId)),
    leave: (visit, { outcome, why, afterMs }) =>
      line.inLedger('ledger.leave', () => {
        const lease = leases.get(keyOf(visit.door, visit.shipment.id));
        if (lease?.execution === visit.execution) Object.assign(lease, { untilMs: 0, execution: null });
        ledger.cards.push({ door: visit.door, attempt: visit.attempt, outcome, why, afterMs: afterMs ?? null });
      }),
    readEvent: (eventId) => line.inLedger('ledger.readEvent', () => ledger.events.get(eventId) ?? null),
    settleEvent: (eventId, verdict) => line.inLedger('ledger.settleEvent', () => settle(ledger, eventId, verdict)),
    isFlowOn: (_, flow) => line.inLedger('ledger.isFlowOn', () => !ledger.flowsOff.has(flow)),
    pauseTenant: (_, until, reason) =>
      line.inLedger('ledger.pauseTenant', () => {
        ledger.pausedUntilMs = until.getTime();
        ledger.pauseReason = reason;
      }),
  };
}

const keyOf = (door: Door, shipmentId: string): string => `${shipmentId} ${door}`;

function enter(
  { ledger, line, leases }: { ledger: MemoryLedger; line: Line; leases: Map<string, Lease> },
  door: Door,
  shipmentId: string,
): Entry {
  const shipment = ledger.shipments.get(shipmentId);
  if (shipment === undefined) return { outcome: 'missing' };
  if (!isOwed(shipment.plan, door)) return { outcome: 'not_owed', shipment };
  const pausedMs = ledger.pausedUntilMs - line.nowMs();
  if (pausedMs > 0) return { outcome: 'paused', retryAfterMs: pausedMs, reason: ledger.pauseReason };
  const before = leases.get(keyOf(door, shipmentId));
  const leasedMs = (before?.untilMs ?? 0) - line.nowMs();
  if (leasedMs > 0) return { outcome: 'occupied', retryAfterMs: leasedMs };
  const attempt = (before?.attempts ?? 0) + 1;
  const visit: Visit = { door, shipment, attempt, execution: `${keyOf(door, shipmentId)} ${attempt}` };
  leases.set(keyOf(door, shipmentId), {
    attempts: attempt,
    untilMs: line.nowMs() + leaseMs,
    execution: visit.execution,
  });
  return { outcome: 'entered', visit };
}

function settle(ledger: MemoryLedger, eventId: string, verdict: Verdict): SettledEvent {
  const event = ledger.events.get(eventId);
  const state = verdict.verdict === 'ignored' ? 'ignored' : 'accepted';
  if (event !== undefined) ledger.events.set(eventId, { ...event, state, verdict });
  switch (verdict.verdict) {
    case 'ignored':
      return { outcome: 'ignored', reason: verdict.reason };
    case 'key_request':
      return { outcome: 'opened', shipmentId: 'shp_1' };
    case 'recheck':
      return { outcome: 'rechecked', shipmentIds: ['shp_1'] };
    case 'leaver':
      return { outcome: 'recalled', shipmentIds: ['shp_1'] };
  }
}
