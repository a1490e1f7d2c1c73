import { isOwed, owed, type Door } from '../model/plan.ts';
import type { House } from './harness.ts';
import { ProcessDied, stallMs } from './call-log.ts';
import { leaseMs } from './memory-port.ts';

interface Knock {
  door: Door;
  shipmentId: string;
  dueMs: number;
}

type Ending = 'passed' | 'died' | 'stalled';

/**
 * Passes every owed door when it is due, those that are due together at once, until none is owed. After a death a new
 * process takes over once the leases of the old one have run out; whoever stalls is overtaken, and goes on later. A door
 * that says it is done while it is still owed would be forgotten: that is noted as a violation.
 */
export async function drive(house: House, { rounds = 400 }: { rounds?: number } = {}): Promise<void> {
  const dueMs = new Map<string, number>();
  const stalled = new Set<Promise<Ending>>();
  for (let round = 0; round < rounds; round += 1) {
    const knocks = knocksOf(house, dueMs);
    if (knocks.length === 0 && stalled.size === 0) return;
    house.line.advanceTo(
      knocks.length === 0 ? house.line.nowMs() + stallMs : Math.min(...knocks.map((knock) => knock.dueMs)),
    );
    if (knocks.length === 0) await Promise.race([Promise.all(stalled), house.line.untilStalled()]);
    const ready = knocks.filter((knock) => knock.dueMs <= house.line.nowMs());
    const endings = await Promise.all(ready.map((knock) => passOrStall(house, knock, { dueMs, stalled })));
    if (!endings.includes('died')) continue;
    house.line.revive();
    house.line.advanceTo(house.line.nowMs() + leaseMs);
  }
  throw new RangeError(`the house did not come to rest in ${rounds} rounds`);
}

function knocksOf(house: House, dueMs: Map<string, number>): Knock[] {
  const knocks = [...house.ledger.shipments.values()].flatMap(({ id, plan }) =>
    owed(plan).map((door) => ({ door, shipmentId: id, dueMs: dueMs.get(keyOf(door, id)) ?? house.line.nowMs() })),
  );
  const keys = new Set(knocks.map(({ door, shipmentId }) => keyOf(door, shipmentId)));
  for (const key of dueMs.keys()) if (!keys.has(key)) dueMs.delete(key);
  return knocks;
}

const keyOf = (door: Door, shipmentId: string): string => `${shipmentId} ${door}`;

async function passOrStall(
  house: House,
  { door, shipmentId }: Knock,
  { dueMs, stalled }: { dueMs: Map<string, number>; stalled: Set<Promise<Ending>> },
): Promise<Ending> {
  let isOvertaken = false;
  const pass = async (): Promise<Ending> => {
    try {
      const { result } = await house.pass(door, shipmentId);
      if (isOvertaken) return 'stalled';
      if (result.outcome === 'later') dueMs.set(keyOf(door, shipmentId), house.line.nowMs() + result.afterMs);
      else if (isOwed(house.shipment(shipmentId).plan, door))
        house.ledger.violations.push(`${door} ended ${result.outcome} (${result.why ?? ''}) though it is owed`);
      return 'passed';
    } catch (error) {
      if (error instanceof ProcessDied) return 'died';
      throw error;
    }
  };
  const passing = pass();
  const ending = await Promise.race([passing, house.line.untilStalled()]);
  if (ending !== 'stalled') return ending;
  isOvertaken = true;
  stalled.add(passing);
  const forget = (): void => void stalled.delete(passing);
  void passing.then(forget, forget);
  return 'stalled';
}
