import type { RawBuilder } from 'kysely';
import pg from 'pg';

import type { Ledger } from '../connect-ledger.ts';
import { keyEvents, type DeliveredEvent } from './event-keys.ts';
import { hasDue, insertEvents, type RecordedEvents, type SealedDelivery } from './record-events.ts';

export interface DeliveryToRecord {
  tenant: string;
  envelopeEventId: string | null;
  events: readonly DeliveredEvent[];
}

/**
 * Commits one delivery of an event hook, however many events it holds, in one statement (invariant 1). An event with a
 * known uuid changes nothing.
 * @returns how many were new, and how many of those are set aside
 */
export async function recordDelivery(ledger: Ledger, delivery: DeliveryToRecord): Promise<RecordedEvents> {
  const [recorded] = await recordDeliveries(ledger, delivery.tenant, [await sealDelivery(ledger, delivery)]);
  return recorded ?? { recorded: 0, setAside: 0 };
}

/** Seals what is kept of a delivery's events, for {@link recordDeliveries}. */
export const sealDelivery = async (
  ledger: Ledger,
  { tenant, envelopeEventId, events }: DeliveryToRecord,
): Promise<SealedDelivery> => ({ envelopeEventId, events: await keyEvents(ledger, tenant, events) });

/**
 * Commits deliveries of a tenant in one statement, all or none, and returns what each recorded. Where two hold the same event,
 * the first records it.
 */
export async function recordDeliveries(
  ledger: Ledger,
  tenant: string,
  deliveries: readonly SealedDelivery[],
): Promise<RecordedEvents[]> {
  if (deliveries.every(({ events }) => events.length === 0))
    return deliveries.map(() => ({ recorded: 0, setAside: 0 }));
  const run = (statement: RawBuilder<unknown>) => ledger.notifier.runAndNotify(statement, hasDue);
  return insertEvents(ledger, ledger.db, { tenant, source: 'hook', deliveries, run });
}

/** Classes of SQLSTATE: no connection, no resources, an operator ended it or it took too long, a fault of the system. */
const ofTheServer: ReadonlySet<string> = new Set(['08', '53', '57', '58', 'XX']);

/**
 * Whether a statement failed by what it holds or waits for, so that a part of it may succeed; not where the server cannot
 * be reached or cannot work.
 */
export const mayPartSucceed = (error: unknown): boolean =>
  error instanceof pg.DatabaseError && error.code !== undefined && !ofTheServer.has(error.code.slice(0, 2));
