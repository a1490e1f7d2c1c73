import type { PinPolicy } from '@keycourier/journey/model/tenant';
import type { KeyVerdict, RecordedKey, RecordedVerdict, Verdict } from '@keycourier/journey/ports/ledger';
import type { Consequence, KeyConsequence, Moves, Whose } from '@keycourier/journey/requests/consequence';
import { consequenceOf, keyConsequenceOf } from '@keycourier/journey/requests/consequences';
import { obstructed } from '@keycourier/journey/requests/second-key';
import { sql, type RawBuilder } from 'kysely';

import type { Ledger, Tx } from '../connect-ledger.ts';
import { isConditionMet } from '../directory/shipments/is-condition-met.ts';
import { LedgerError } from '../errors.ts';
import { newId } from '../new-id.ts';
import { createShipment } from '../shipments/create-shipment.ts';
import { moveAll } from '../shipments/move.ts';
import { loginIndexOf } from '../shipments/person.ts';
import { isConcerned, isToCheck } from '../shipments/plan-predicates.ts';

interface Recording {
  eventId: string;
  verdict: Verdict;
  pinPolicyOf: (tenant: string) => PinPolicy;
}

/**
 * Writes what intake decided about an event, and what follows from it, in one transaction: the new shipment, the moves of
 * a person's shipments, or the reason why the event is ignored. An event that has a verdict keeps it.
 * @throws LedgerError `event_missing`
 */
export async function recordVerdict(
  ledger: Ledger,
  { eventId, verdict, pinPolicyOf }: Recording,
): Promise<RecordedVerdict> {
  const recorded = await ledger.db.transaction().execute(async (tx) => {
    const event = await lockEvent(tx, eventId);
    if (event.state !== 'received') return readRecorded(tx, event);
    const scope = { ledger, tx, event, pinPolicyOf };
    await noteLogin(scope, verdict);
    return verdict.verdict === 'several_keys' ? recordKeys(scope, verdict.keys) : recordOne(scope, verdict);
  });
  if (recorded.outcome !== 'ignored' && recorded.outcome !== 'set_aside') ledger.notifier.notify();
  return recorded;
}

interface Scope {
  ledger: Ledger;
  tx: Tx;
  event: LockedEvent;
  pinPolicyOf: (tenant: string) => PinPolicy;
}

/** The login that Okta has for the user: the event may have named the user by id alone. */
async function noteLogin({ ledger, tx, event }: Scope, verdict: Verdict): Promise<void> {
  const keys = verdict.verdict === 'several_keys' ? verdict.keys : [verdict];
  const [login] = keys.flatMap((key) => (key.verdict === 'key_request' ? [key.request.login] : []));
  if (login == null) return;
  await tx
    .updateTable('inbound_events')
    .set({ login_index: loginIndexOf(ledger, login) })
    .where('id', '=', event.id)
    .execute();
}

async function recordOne(
  scope: Scope,
  verdict: Exclude<Verdict, { verdict: 'several_keys' }>,
): Promise<RecordedVerdict> {
  const result = await carryOut(scope, consequenceOf(verdict));
  if (result.outcome === 'check_under_way') return result;
  if (result.outcome === 'suspended') {
    await noteSuspended(scope);
    return result;
  }
  await writeProcessed(scope, result);
  return result;
}

/** The event is decided about again after its grace time: its message stays. */
async function noteSuspended({ tx, event }: Scope): Promise<void> {
  await tx.updateTable('inbound_events').set({ reason: 'suspended' }).where('id', '=', event.id).execute();
}

/** The event's own row is about its first key; each other key gets a row of its own, which no delivery can have made. */
async function recordKeys(scope: Scope, verdicts: readonly KeyVerdict[]): Promise<RecordedVerdict> {
  const keys: RecordedKey[] = [];
  for (const verdict of verdicts) keys.push(await carryOutKey(scope, keyConsequenceOf(verdict)));
  const [first, ...more] = keys;
  if (first !== undefined) await writeProcessed(scope, first);
  for (const [index, key] of more.entries()) await addKey(scope, { number: index + 2, key });
  return { outcome: 'several_keys', keys };
}

interface LockedEvent {
  id: string;
  tenant: string;
  state: string;
  reason: string | null;
  shipment_id: string | null;
}

async function lockEvent(tx: Tx, eventId: string): Promise<LockedEvent> {
  const event = await tx
    .selectFrom('inbound_events')
    .select(['id', 'tenant', 'state', 'reason', 'shipment_id'])
    .where('id', '=', eventId)
    .forUpdate()
    .executeTakeFirst();
  if (event === undefined) throw new LedgerError('event_missing', `There is no event ${eventId}`);
  return event;
}

async function readRecorded(tx: Tx, event: LockedEvent): Promise<RecordedVerdict> {
  const more = await tx
    .selectFrom('inbound_events')
    .select(['state', 'reason', 'shipment_id'])
    .where('first_key_id', '=', event.id)
    .orderBy('id')
    .execute();
  return more.length === 0 ? asRecorded(event) : { outcome: 'several_keys', keys: [event, ...more].map(asRecorded) };
}

type KeyRow = Pick<LockedEvent, 'state' | 'reason' | 'shipment_id'>;

function asRecorded({ state, reason, shipment_id: shipmentId }: KeyRow): RecordedKey {
  if (state === 'accepted' && shipmentId !== null) return { outcome: 'created', shipmentId };
  return { outcome: state === 'set_aside' ? state : 'ignored', reason: reason ?? state };
}

type Result = Exclude<RecordedVerdict, { outcome: 'check_under_way' | 'several_keys' | 'suspended' }>;

const columnsOf = (result: Result) => ({
  state: result.outcome === 'ignored' || result.outcome === 'set_aside' ? result.outcome : ('accepted' as const),
  reason: 'reason' in result ? result.reason : result.outcome,
  shipment_id: result.outcome === 'created' ? result.shipmentId : null,
});

async function writeProcessed({ ledger, tx, event }: Scope, result: Result): Promise<void> {
  await tx
    .with('outbox_gone', (db) => db.deleteFrom('outbox').where('subject_id', '=', event.id))
    .updateTable('inbound_events')
    .set({ ...columnsOf(result), processed_at: ledger.now() })
    .where('id', '=', event.id)
    .execute();
}

/** Its uuid is that of the event with the key's number: no event of Okta's has such a uuid. */
async function addKey(
  { ledger, tx, event }: Scope,
  { number, key }: { number: number; key: RecordedKey },
): Promise<void> {
  const { state, reason, shipment_id: shipmentId } = columnsOf(key);
  await sql`
    insert into inbound_events (id, tenant, uuid, event_type, envelope_event_id, published, received_at, state, reason,
      shipment_id, processed_at, first_key_id, user_index, login_index, is_protected)
    select ${newId('evt')}, tenant, uuid || '/' || ${number}::text, event_type, envelope_event_id, published, received_at, ${state},
      ${reason}, ${shipmentId}, ${ledger.now()}, id, user_index, login_index, true
    from inbound_events where id = ${event.id}`.execute(tx);
}

async function carryOut(
  scope: Scope,
  consequence: Consequence,
): Promise<Exclude<RecordedVerdict, { outcome: 'several_keys' }>> {
  return consequence.kind === 'move' ? moveConcerned(scope, consequence) : carryOutKey(scope, consequence);
}

async function carryOutKey(
  { ledger, tx, event, pinPolicyOf }: Scope,
  consequence: KeyConsequence,
): Promise<RecordedKey> {
  switch (consequence.kind) {
    case 'ignore':
      return { outcome: 'ignored', reason: consequence.reason };
    case 'set_aside':
      return { outcome: 'set_aside', reason: consequence.reason };
    case 'create': {
      const request = { ...consequence.request, pinPolicy: pinPolicyOf(event.tenant), notify: false };
      const created = await createShipment(ledger, tx, request);
      if (created.outcome === 'created') return { outcome: 'created', shipmentId: created.shipment.id };
      return obstructed(consequence.request, created);
    }
  }
}

/** The event's row is locked first, then the person's of the directory, then shipments, by id. */
async function moveConcerned(
  { ledger, tx, event: { tenant } }: Scope,
  consequence: Moves,
): Promise<Exclude<RecordedVerdict, { outcome: 'several_keys' }>> {
  const { whose, afterChecksOf, decide, outcome, otherwise, condition } = consequence;
  if (condition !== null && !(await isConditionMet({ ledger, db: tx }, tenant, condition.of)))
    return { outcome: 'ignored', reason: condition.otherwise };
  if (afterChecksOf !== null && (await isToBeChecked(ledger, tx, { tenant, ...afterChecksOf })))
    return { outcome: 'check_under_way' };
  // Locked in one order before the first of them moves: two verdicts about one person must not deadlock.
  const rows = await tx
    .selectFrom('shipments')
    .select('id')
    .where('tenant', '=', tenant)
    .where(isOf(ledger, whose))
    .where(isConcerned[consequence.concerned])
    .orderBy('id')
    .forUpdate()
    .execute();
  const { moved } = await moveAll(ledger, tx, { ids: rows.map(({ id }) => id), decide });
  const shipmentIds = moved.flatMap((one) => (one.outcome === 'moved' ? [one.shipment.id] : []));
  return shipmentIds.length === 0 && otherwise !== null ? otherwise : { outcome, shipmentIds };
}

/** A row of `shipments` that belongs to one of these. */
function isOf(ledger: Ledger, { userId, personId, login }: Whose): RawBuilder<boolean> {
  const loginIndex = login === null ? null : loginIndexOf(ledger, login.text);
  const isLogin =
    login?.of === 'any'
      ? sql`login_index = ${loginIndex}`
      : sql`(login_index = ${loginIndex} and okta_user_id is null)`;
  return sql<boolean>`(okta_user_id = ${userId} or directory_person_id = ${personId} or ${isLogin})`;
}

async function isToBeChecked(
  ledger: Ledger,
  tx: Tx,
  { tenant, userId, login }: { tenant: string; userId: string | null; login: string | null },
): Promise<boolean> {
  const checking = await tx
    .selectFrom('shipments')
    .select('id')
    .where('tenant', '=', tenant)
    .where(isOf(ledger, { userId, personId: null, login: login === null ? null : { text: login, of: 'unresolved' } }))
    .where(isToCheck)
    .limit(1)
    .executeTakeFirst();
  return checking !== undefined;
}
