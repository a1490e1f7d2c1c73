import type { Ledger } from '../connect-ledger.ts';
import { recordEvents, type DeliveredEvent, type RecordedEvents } from './record-events.ts';

/**
 * Commits one delivery of an event hook, however many events it holds, in one statement (invariant 1). An event with a
 * known uuid changes nothing.
 * @returns how many were new, and how many of those are set aside
 */
export async function recordDelivery(
  ledger: Ledger,
  delivery: { tenant: string; envelopeEventId: string | null; events: readonly DeliveredEvent[] },
): Promise<RecordedEvents> {
  if (delivery.events.length === 0) return { recorded: 0, setAside: 0 };
  const recorded = await recordEvents(ledger, ledger.db, { ...delivery, source: 'hook' });
  if (recorded.recorded > recorded.setAside) ledger.notifier.notify();
  return recorded;
}
