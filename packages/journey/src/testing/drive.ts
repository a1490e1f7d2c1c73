import { isNext, nextSteps, type StepName } from '../model/plan.ts';
import { ProcessDied, stallMs } from './call-log.ts';
import type { Harness } from './harness.ts';
import { leaseMs } from './memory-port.ts';

interface OutboxMessage {
  step: StepName;
  shipmentId: string;
  dueMs: number;
}

type AttemptResult = 'passed' | 'died' | 'stalled';

/**
 * Passes every owed door when it is due, those that are due together at once, until none is owed. After a death a new
 * process takes over once the leases of the old one have run out; whoever stalls is overtaken, and goes on later. A door
 * that says it is done while it is still owed would be forgotten: that is noted as a violation.
 */
export async function drive(harness: Harness, { rounds = 400 }: { rounds?: number } = {}): Promise<void> {
  const dueMs = new Map<string, number>();
  const stalled = new Set<Promise<AttemptResult>>();
  for (let round = 0; round < rounds; round += 1) {
    const messages = messagesOf(harness, dueMs);
    if (messages.length === 0 && stalled.size === 0) return;
    harness.log.advanceTo(
      messages.length === 0 ? harness.log.nowMs() + stallMs : Math.min(...messages.map((message) => message.dueMs)),
    );
    if (messages.length === 0) await Promise.race([Promise.all(stalled), harness.log.untilStalled()]);
    const ready = messages.filter((message) => message.dueMs <= harness.log.nowMs());
    const endings = await Promise.all(ready.map((message) => passOrStall(harness, message, { dueMs, stalled })));
    if (!endings.includes('died')) continue;
    harness.log.revive();
    harness.log.advanceTo(harness.log.nowMs() + leaseMs);
  }
  throw new RangeError(`the house did not come to rest in ${rounds} rounds`);
}

function messagesOf(harness: Harness, dueMs: Map<string, number>): OutboxMessage[] {
  const messages = [...harness.ledger.shipments.values()].flatMap(({ id, plan }) =>
    nextSteps(plan).map((step) => ({ step, shipmentId: id, dueMs: dueMs.get(keyOf(step, id)) ?? harness.log.nowMs() })),
  );
  const keys = new Set(messages.map(({ step, shipmentId }) => keyOf(step, shipmentId)));
  for (const key of dueMs.keys()) if (!keys.has(key)) dueMs.delete(key);
  return messages;
}

const keyOf = (step: StepName, shipmentId: string): string => `${shipmentId} ${step}`;

async function passOrStall(
  harness: Harness,
  { step, shipmentId }: OutboxMessage,
  { dueMs, stalled }: { dueMs: Map<string, number>; stalled: Set<Promise<AttemptResult>> },
): Promise<AttemptResult> {
  let isOvertaken = false;
  const run = async (): Promise<AttemptResult> => {
    try {
      const { result } = await harness.run(step, shipmentId);
      if (isOvertaken) return 'stalled';
      if (result.outcome === 'later') dueMs.set(keyOf(step, shipmentId), harness.log.nowMs() + result.afterMs);
      else if (isNext(harness.shipment(shipmentId).plan, step))
        harness.ledger.violations.push(`${step} ended ${result.outcome} (${result.why ?? ''}) though it is owed`);
      return 'passed';
    } catch (error) {
      if (error instanceof ProcessDied) return 'died';
      throw error;
    }
  };
  const passing = run();
  const result = await Promise.race([passing, harness.log.untilStalled()]);
  if (result !== 'stalled') return result;
  isOvertaken = true;
  stalled.add(passing);
  const forget = (): void => void stalled.delete(passing);
  void passing.then(forget, forget);
  return 'stalled';
}
