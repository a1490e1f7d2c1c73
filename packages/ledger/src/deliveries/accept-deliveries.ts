import { promisify } from 'node:util';
import { brotliCompress, brotliDecompress, constants } from 'node:zlib';

import { sql } from 'kysely';
import pg from 'pg';

import type { Ledger } from '../connect-ledger.ts';
import { LedgerError } from '../errors.ts';
import { envelopeIn, readDeliveredEvents, type Envelope } from '../events/read-delivered-event.ts';
import { recordDeliveries, sealDelivery } from '../events/record-delivery.ts';
import { newId } from '../new-id.ts';
import { priorities, priorityOfEventType } from '../outbox/add-messages.ts';
import { prepared } from '../prepared.ts';
import { sealedContext } from '../sealed-columns.ts';

/**
 * The most events that one statement records as events; deliveries with more, of one moment, are kept as they came, for the
 * worker to unpack. Few take less time that way, and their jobs begin sooner (docs/decisions/0057).
 */
export const mostRecordedAtOnce = 8;

/** A delivery of an event hook that was read, and is not yet committed. */
export interface ArrivedDelivery {
  envelopeEventId: string | null;
  /** The JSON text of the whole delivery. */
  text: string;
  eventCount: number;
  /** Of the most urgent event's message. */
  priority: number;
  /** Null where there are more than are recorded at once: only the text is used then. */
  events: readonly unknown[] | null;
}

/** `kept` events are recorded by the worker, which also finds out which of them are known. */
export interface AcceptedDelivery {
  kept: number;
  recorded: number;
  setAside: number;
  /** Why events were set aside. */
  reasons: readonly string[];
}

export const arrivedDelivery = ({ envelopeEventId, events }: Envelope, text: string): ArrivedDelivery => ({
  envelopeEventId,
  text,
  eventCount: events.length,
  priority: events.reduce<number>((priority, event) => Math.min(priority, priorityOf(event)), priorities.batch),
  events: events.length > mostRecordedAtOnce ? null : events,
});

function priorityOf(event: unknown): number {
  const eventType: unknown = typeof event === 'object' && event !== null ? Reflect.get(event, 'eventType') : null;
  return priorityOfEventType(typeof eventType === 'string' ? eventType : '');
}

/**
 * Commits deliveries of a tenant in one statement, all or none (invariant 1): their events, where they are few, or else the
 * deliveries themselves.
 */
export async function acceptDeliveries(
  ledger: Ledger,
  tenant: string,
  deliveries: readonly ArrivedDelivery[],
): Promise<AcceptedDelivery[]> {
  const eventCount = deliveries.reduce((sum, delivery) => sum + delivery.eventCount, 0);
  if (eventCount > mostRecordedAtOnce && (await keepDeliveries(ledger, tenant, deliveries)))
    return deliveries.map((delivery) => ({ ...nothing, kept: delivery.eventCount }));
  return recordAll(ledger, tenant, deliveries);
}

const nothing: AcceptedDelivery = { kept: 0, recorded: 0, setAside: 0, reasons: [] };

async function recordAll(
  ledger: Ledger,
  tenant: string,
  deliveries: readonly ArrivedDelivery[],
): Promise<AcceptedDelivery[]> {
  const read = await Promise.all(
    deliveries.map(async ({ envelopeEventId, events, text }) => ({
      envelopeEventId,
      events: await readDeliveredEvents(events ?? envelopeIn(JSON.parse(text)).events),
    })),
  );
  const sealed = await Promise.all(read.map((delivery) => sealDelivery(ledger, { tenant, ...delivery })));
  const recorded = await recordDeliveries(ledger, tenant, sealed);
  return recorded.map((one, index) => ({
    kept: 0,
    reasons: (read[index]?.events ?? []).flatMap(({ setAside }) => setAside ?? []),
    ...one,
  }));
}

/** Events resemble each other: at its lowest level, Brotli takes less time than sealing and storing what it saves. */
const compression = { params: { [constants.BROTLI_PARAM_QUALITY]: 1 } };

/** Off the event loop's thread: a group of deliveries is megabytes long, and answers wait meanwhile. */
const [compress, decompress] = [promisify(brotliCompress), promisify(brotliDecompress)];

/** Each text is a JSON document: together they are a list. */
const sealTexts = async ({ sealing }: Ledger, id: string, texts: readonly string[]): Promise<string> =>
  sealing.seal(await compress(`[${texts.join(',')}]`, compression), sealedContext.deliveries(id));

/**
 * The contents of a row's deliveries.
 * @throws LedgerError `cannot_unseal`, or `bad_row` where what was sealed are no deliveries
 */
export async function unsealTexts(
  { sealing }: Ledger,
  { id, body }: { id: string; body: string },
): Promise<Envelope[]> {
  const list = await parseKept(sealing.unsealBytes(body, sealedContext.deliveries(id)));
  return Array.isArray(list) ? list.map(envelopeIn) : [envelopeIn(list)];
}

/** The error of a parser would hold a part of the text. */
async function parseKept(compressed: Buffer): Promise<unknown> {
  try {
    return JSON.parse((await decompress(compressed)).toString('utf8'));
  } catch {
    throw new LedgerError('bad_row', 'What was kept as deliveries cannot be read');
  }
}

/** @returns false where the worker's version has no table for them yet */
async function keepDeliveries(
  ledger: Ledger,
  tenant: string,
  deliveries: readonly ArrivedDelivery[],
): Promise<boolean> {
  const id = newId('dlv');
  const priority = Math.min(...deliveries.map((delivery) => delivery.priority));
  const body = await sealTexts(
    ledger,
    id,
    deliveries.map(({ text }) => text),
  );
  try {
    await sql`${prepared}
      insert into inbound_deliveries (tenant, priority, id, received_at, body)
      values (${tenant}, ${priority}, ${id}, ${ledger.now()}, ${body})`.execute(ledger.db);
  } catch (error) {
    if (error instanceof pg.DatabaseError && error.code === undefinedTable) return false;
    throw error;
  }
  ledger.deliveryNotifier.notify();
  return true;
}

const undefinedTable = '42P01';
