import { runShipments } from '../journey/run-shipments.ts';
import { memoryOf } from '../measure/processes.ts';
import { percentile } from '../measure/statistics.ts';
import type { CleanUps } from '../stack/scratch.ts';
import { startStack, type Backend } from '../stack/stack.ts';

export interface MemoryFigures {
  shipments: number;
  minutes: number;
  /** Median of the second quarter of the run, and of its last: the first one is the warming up. */
  worker: { earlyMb: number; lateMb: number };
  receiver: { earlyMb: number; lateMb: number };
}

/** Shipments without a pause for so many minutes, a hundred at a time, with a look at the memory after each hundred. */
export async function measureMemory(
  dir: string,
  cleanUps: CleanUps,
  { backend, minutes, mostShipments }: { backend: Backend; minutes: number; mostShipments: number },
): Promise<MemoryFigures> {
  const stack = await startStack(dir, cleanUps, { backend, keys: mostShipments });
  const worker = await stack.startWorker();
  const [workerMb, receiverMb]: [number[], number[]] = [[], []];
  const startedAt = performance.now();
  let shipments = 0;
  while (performance.now() - startedAt < minutes * 60_000 && shipments + 100 <= mostShipments) {
    await runShipments(stack, [worker], { round: `m${shipments}`, shipments: 100 });
    shipments += 100;
    workerMb.push((await memoryOf(worker.pid)).nowMb);
    receiverMb.push((await memoryOf(stack.receiver.pid)).nowMb);
  }
  return {
    shipments,
    minutes: (performance.now() - startedAt) / 60_000,
    worker: quarters(workerMb),
    receiver: quarters(receiverMb),
  };
}

const quarters = (values: readonly number[]): { earlyMb: number; lateMb: number } => {
  const quarter = Math.max(1, Math.floor(values.length / 4));
  return {
    earlyMb: percentile(values.slice(quarter, quarter * 2), 0.5),
    lateMb: percentile(values.slice(-quarter), 0.5),
  };
};
