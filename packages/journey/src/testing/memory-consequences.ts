import type { Shipment } from '../model/shipment.ts';
import type { RecordedKey, RecordedVerdict, ShipmentRequest, Verdict } from '../ports/ledger.ts';
import {
  concerned,
  type Consequence,
  type DirectoryCondition,
  type KeyConsequence,
  type Whose,
} from '../requests/consequence.ts';
import { consequenceOf, isToCheck, keyConsequenceOf } from '../requests/consequences.ts';
import { obstructed } from '../requests/second-key.ts';
import type { CallLog } from './call-log.ts';
import { findInMemory, type MemoryDirectory } from './memory-directory.ts';
import { findObstacle, type MemoryLedger } from './memory-ledger.ts';
import { sampleShipment } from './samples.ts';

export interface Memory {
  ledger: MemoryLedger;
  log: CallLog;
}

/** What a verdict does to the shipments of a ledger in memory, as the ledger carries it out in its transaction. */
export function carryOutAll(memory: Memory, verdict: Verdict): RecordedVerdict {
  if (verdict.verdict !== 'several_keys') return carryOut(memory, consequenceOf(verdict));
  return { outcome: 'several_keys', keys: verdict.keys.map((key) => carryOutKey(memory, keyConsequenceOf(key))) };
}

function carryOut(memory: Memory, consequence: Consequence): RecordedVerdict {
  return consequence.kind === 'move' ? moveConcerned(memory.ledger, consequence) : carryOutKey(memory, consequence);
}

function carryOutKey(memory: Memory, consequence: KeyConsequence): RecordedKey {
  switch (consequence.kind) {
    case 'ignore':
      return { outcome: 'ignored', reason: consequence.reason };
    case 'set_aside':
      return { outcome: 'set_aside', reason: consequence.reason };
    case 'create':
      return create(memory, consequence.request);
  }
}

function create({ ledger, log }: Memory, wanted: ShipmentRequest): RecordedKey {
  const { userId, login, directory, ...request } = wanted;
  const shipment = sampleShipment({
    ...request,
    id: `shp_${ledger.shipments.size + 1}`,
    user: { id: userId },
    directoryPersonId: directory?.personId ?? null,
    secrets: login === null ? {} : { login },
    pinPolicy: ledger.pinPolicy,
    createdAt: log.now(),
    updatedAt: log.now(),
  });
  const obstacle = findObstacle(ledger, shipment);
  if (obstacle !== null) return obstructed(wanted, obstacle);
  ledger.open(shipment);
  return { outcome: 'created', shipmentId: shipment.id };
}

function moveConcerned(ledger: MemoryLedger, consequence: Extract<Consequence, { kind: 'move' }>): RecordedVerdict {
  const { whose, afterChecksOf, decide, outcome, otherwise, condition } = consequence;
  const all = [...ledger.shipments.values()];
  if (condition !== null && !isMet(ledger.directory, condition.of))
    return { outcome: 'ignored', reason: condition.otherwise };
  const { userId = null } = afterChecksOf ?? {};
  const login = afterChecksOf?.login?.toLowerCase() ?? null;
  const isChecked = ({ user, secrets, plan }: (typeof all)[number]): boolean =>
    isToCheck(plan) &&
    ((userId !== null && user.id === userId) ||
      (user.id === null && login !== null && secrets.login?.toLowerCase() === login));
  if (afterChecksOf !== null && all.some(isChecked)) return { outcome: 'check_under_way' };
  const shipmentIds = all
    .filter((shipment) => isOf(shipment, whose) && concerned[consequence.concerned](shipment.plan))
    .filter(({ id }) => ledger.move(id, decide).outcome === 'moved')
    .map(({ id }) => id);
  return shipmentIds.length === 0 && otherwise !== null ? otherwise : { outcome, shipmentIds };
}

function isOf({ user, directoryPersonId, secrets }: Shipment, { userId, personId, login }: Whose): boolean {
  const isLogin = login !== null && secrets.login?.toLowerCase() === login.text.toLowerCase();
  return (
    (userId !== null && user.id === userId) ||
    (personId !== null && directoryPersonId === personId) ||
    (isLogin && (login.of === 'any' || user.id === null))
  );
}

function isMet(directory: MemoryDirectory, condition: DirectoryCondition): boolean {
  const person = directory.people.get(condition.personId);
  if (condition.is === 'active') return person?.inactiveSince === null;
  if (person !== undefined) return person.inactiveSince !== null && person.inactiveSince <= condition.since;
  return !isActive(directory, condition);
}

const isActive = (directory: MemoryDirectory, { userId, login }: { userId: string | null; login: string | null }) =>
  findInMemory(directory, { personId: null, userId, login })?.inactiveSince === null;
