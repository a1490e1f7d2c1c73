import type { SeenUser } from '@keycourier/journey/model/seen-user';
import type { Shipment } from '@keycourier/journey/model/shipment';
import type { PinPolicy } from '@keycourier/journey/model/tenant';
import type { KeyVerdict, RecordedKey, RecordedVerdict, Verdict } from '@keycourier/journey/ports/ledger';
import type { Consequence, KeyConsequence, Moves, Whose } from '@keycourier/journey/requests/consequence';
import { consequenceOf, keyConsequenceOf } from '@keycourier/journey/requests/consequences';
import { obstructed } from '@keycourier/journey/requests/second-key';
import { sql, type RawBuilder } from 'kysely';

import { isFirstAdmitted, type FirstStep } from '../attempts/claim-first-step.ts';
import type { Ledger, Tx } from '../connect-ledger.ts';
import { isConditionMet } from '../directory/shipments/is-condition-met.ts';
import { newId } from '../new-id.ts';
import { prepared } from '../prepared.ts';
import { createShipmentIn } from '../shipments/create-shipment.ts';
import { grantAfterMove } from '../shipments/grant-slots.ts';
import { moveAll } from '../shipments/move.ts';
import { loginIndexOf } from '../shipments/person.ts';
import { isConcerned, isToCheck } from '../shipments/plan-predicates.ts';
import { createAlone, createAndGoOn, eventProcessed, loginOf, newKey } from './create-alone.ts';
import { lockEvent, readRecorded, type LockedEvent } from './lock-event.ts';

interface Recording {
  eventId: string;
  verdict: Verdict;
  pinPolicyOf: (tenant: string) => PinPolicy;
  /** Absent where the first step of a shipment waits for its job. */
  first?: FirstStep | undefined;
}

/**
 * Writes what intake decided about an event, and what follows from it, in one transaction: the new shipment, the moves of
 * a person's shipments, or the reason why the event is ignored. An event that has a verdict keeps it.
 * @throws LedgerError `event_missing`
 */
export async function recordVerdict(
  ledger: Ledger,
  { eventId, verdict, ...settings }: Recording,
): Promise<RecordedVerdict> {
  let isClaimed = false;
  try {
    const key = verdict.verdict === 'key_request' ? newKey(ledger, verdict.request, settings.pinPolicyOf) : null;
    const first = key !== null && isFirstAdmitted(settings.first, key.shipment) ? settings.first : undefined;
    if (key !== null && first === undefined && (await createAlone(ledger, eventId, key)))
      return { outcome: 'created', shipmentId: key.shipment.id };
    const created =
      key === null || first === undefined
        ? null
        : await createAndGoOn(ledger, eventId, { key, leaseMs: first.leaseMs, seen: seenFor(verdict) });
    isClaimed = created !== null && isGoingOn(created);
    if (created !== null) return created;
    const { recorded, tenant } = await ledger.db.transaction().execute(async (tx) => {
      const loginIndex = wantedLoginIndex(ledger, verdict);
      const event = await lockEvent(tx, eventId, loginIndex);
      const scope = { ledger, tx, event, loginIndex, ...settings };
      return { recorded: await recordOnce(scope, verdict), tenant: event.tenant };
    });
    if ('shipmentIds' in recorded) await grantAfterMove(ledger, tenant);
    if (recorded.outcome !== 'ignored' && recorded.outcome !== 'set_aside') ledger.notifier.notify();
    return recorded;
  } finally {
    settings.first?.chain.onClaim(isClaimed);
  }
}

const seenFor = (verdict: Verdict): SeenUser | undefined =>
  verdict.verdict === 'key_request' ? verdict.seen : undefined;

const isGoingOn = (recorded: RecordedKey): boolean => recorded.outcome === 'created' && recorded.next !== undefined;

interface Scope {
  ledger: Ledger;
  tx: Tx;
  event: LockedEvent;
  /** Of the login that Okta has for the user who gets a key: the event may have named the user by id alone. */
  loginIndex: string | null;
  pinPolicyOf: (tenant: string) => PinPolicy;
}

function wantedLoginIndex(ledger: Ledger, verdict: Verdict): string | null {
  const keys = verdict.verdict === 'several_keys' ? verdict.keys : [verdict];
  const [login] = keys.flatMap((key) => (key.verdict === 'key_request' ? [key.request.login] : []));
  return login == null ? null : loginIndexOf(ledger, login);
}

function recordOnce(scope: Scope, verdict: Verdict): Promise<RecordedVerdict> {
  if (scope.event.state !== 'received') return readRecorded(scope.tx, scope.event);
  return verdict.verdict === 'several_keys' ? recordKeys(scope, verdict.keys) : recordOne(scope, verdict);
}

async function recordOne(
  scope: Scope,
  verdict: Exclude<Verdict, { verdict: 'several_keys' }>,
): Promise<RecordedVerdict> {
  const consequence = consequenceOf(verdict);
  if (consequence.kind === 'create') return recordKey(scope, consequence);
  const result = await carryOut(scope, consequence);
  if (result.outcome === 'check_under_way') return result;
  if (result.outcome === 'suspended') {
    await noteSuspended(scope);
    return result;
  }
  await writeProcessed(scope, result);
  return result;
}

/** The statement that creates the shipment records the event as processed too. */
async function recordKey(scope: Scope, consequence: Extract<KeyConsequence, { kind: 'create' }>): Promise<RecordedKey> {
  const also = eventProcessed(scope.ledger, scope.event.id, scope.loginIndex);
  const { key, shipment } = await createKey(scope, consequence, also);
  if (shipment === null) await writeProcessed(scope, key);
  return key;
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

type Result = Exclude<RecordedVerdict, { outcome: 'check_under_way' | 'several_keys' | 'suspended' }>;

const columnsOf = (result: Result) => ({
  state: result.outcome === 'ignored' || result.outcome === 'set_aside' ? result.outcome : ('accepted' as const),
  reason: 'reason' in result ? result.reason : result.outcome,
  shipment_id: result.outcome === 'created' ? result.shipmentId : null,
});

async function writeProcessed(scope: Scope, result: Result): Promise<void> {
  const { state, reason, shipment_id: shipmentId } = columnsOf(result);
  const { ledger, tx, event } = scope;
  await sql`${prepared}
    with outbox_gone as (delete from outbox where subject_id = ${event.id})
    update inbound_events set state = ${state}, reason = ${reason}, shipment_id = ${shipmentId},
      processed_at = ${ledger.now()}, ${loginOf(scope.loginIndex)} where id = ${event.id}`.execute(tx);
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

async function carryOutKey(scope: Scope, consequence: KeyConsequence): Promise<RecordedKey> {
  switch (consequence.kind) {
    case 'ignore':
      return { outcome: 'ignored', reason: consequence.reason };
    case 'set_aside':
      return { outcome: 'set_aside', reason: consequence.reason };
    case 'create':
      return (await createKey(scope, consequence)).key;
  }
}

async function createKey(
  { ledger, tx, event, loginIndex, pinPolicyOf }: Scope,
  { request }: Extract<KeyConsequence, { kind: 'create' }>,
  also?: RawBuilder<unknown>,
): Promise<{ key: RecordedKey; shipment: Shipment | null }> {
  const isLoginLocked = request.login !== null && loginIndexOf(ledger, request.login) === loginIndex;
  const wanted = { ...request, pinPolicy: pinPolicyOf(event.tenant), notify: false };
  const created = await createShipmentIn({ ledger, tx, isLoginLocked, also }, wanted);
  if (created.outcome !== 'created') return { key: obstructed(request, created), shipment: null };
  const { shipment } = created;
  return { key: { outcome: 'created', shipmentId: shipment.id }, shipment };
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
