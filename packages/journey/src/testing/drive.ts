import { isNext, nextSteps, type StepName } from '../model/plan.ts';
import type { StepResult } from '../steps/run-step.ts';
import { ProcessDied, stallMs } from './call-log.ts';
import type { Harness } from './harness.ts';
import { leaseMs } from './memory-port.ts';

interface OutboxMessage {
  step: StepName;
  shipmentId: string;
  dueMs: number;
}

type RunResult = 'ended' | 'died' | 'stalled';

/**
 * Runs every next step when it is due, those due at the same time concurrently, until there is none. After a process died,
 * a new one takes over once its leases have expired; a stalled attempt is overtaken, and continues later. A step that
 * reports `done` while it is still next would never run again: that is a violation.
 */
export async function drive(harness: Harness, { rounds = 400 }: { rounds?: number } = {}): Promise<void> {
  const dueMs = new Map<string, number>();
  const stalled = new Set<Promise<RunResult>>();
  for (let round = 0; round < rounds; round += 1) {
    const messages = messagesOf(harness, dueMs);
    if (messages.length === 0 && stalled.size === 0) return;
    harness.log.advanceTo(
      messages.length === 0 ? harness.log.nowMs() + stallMs : Math.min(...messages.map((message) => message.dueMs)),
    );
    if (messages.length === 0) await Promise.race([Promise.all(stalled), harness.log.untilStalled()]);
    const ready = messages.filter((message) => message.dueMs <= harness.log.nowMs());
    const results = await Promise.all(ready.map((message) => runOrStall(harness, message, { dueMs, stalled })));
    if (!results.includes('died')) continue;
    harness.log.revive();
    harness.log.advanceTo(harness.log.nowMs() + leaseMs);
  }
  throw new RangeError(`the journey did not end in ${rounds} rounds`);
}

/**
 * Decides about an event, by as many processes as it takes: after one died, or while one stalls, another decides.
 * @returns what is still stalled
 */
export async function driveEvent(harness: Harness, eventId: string): Promise<readonly Promise<unknown>[]> {
  const stalled: Promise<unknown>[] = [];
  for (let round = 0; round < 20; round += 1) {
    const running = harness.accept(eventId).then(
      ({ result }) => result,
      (error: unknown): 'died' => {
        if (error instanceof ProcessDied) return 'died';
        throw error;
      },
    );
    const result = await Promise.race([running, harness.log.untilStalled()]);
    if (result === 'stalled') stalled.push(running);
    else if (result === 'died') {
      harness.log.revive();
      harness.log.advanceTo(harness.log.nowMs() + leaseMs);
    } else if (result.outcome === 'later') harness.log.advanceTo(harness.log.nowMs() + result.afterMs);
    else return stalled;
  }
  throw new RangeError('the event was not decided');
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

async function runOrStall(
  harness: Harness,
  { step, shipmentId }: OutboxMessage,
  { dueMs, stalled }: { dueMs: Map<string, number>; stalled: Set<Promise<RunResult>> },
): Promise<RunResult> {
  let isOvertaken = false;
  const run = async (): Promise<RunResult> => {
    try {
      const end = (ended: StepName, { result }: StepResult): void => {
        if (isOvertaken) return;
        if (result.outcome === 'later') dueMs.set(keyOf(ended, shipmentId), harness.log.nowMs() + result.afterMs);
        else if (isNext(harness.shipment(shipmentId).plan, ended))
          harness.ledger.violations.push(
            `${ended} ended ${result.outcome} (${result.why ?? ''}) though it is still next`,
          );
      };
      end(step, await harness.run(step, shipmentId, end));
      return isOvertaken ? 'stalled' : 'ended';
    } catch (error) {
      if (error instanceof ProcessDied) return 'died';
      throw error;
    }
  };
  const running = run();
  const result = await Promise.race([running, harness.log.untilStalled()]);
  if (result !== 'stalled') return result;
  isOvertaken = true;
  stalled.add(running);
  const forget = (): void => void stalled.delete(running);
  void running.then(forget, forget);
  return 'stalled';
}
