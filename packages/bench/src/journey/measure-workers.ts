import type { RunningModule } from '../measure/module.ts';
import type { CleanUps } from '../stack/scratch.ts';
import { startStack, type Backend } from '../stack/stack.ts';
import { runShipments, type JourneyFigures } from './run-shipments.ts';

export interface WorkersFigures {
  workers: number;
  shipments: readonly JourneyFigures[];
}

export interface WorkersOptions {
  backend: Backend;
  /** How many worker processes, in rising order. */
  counts: readonly number[];
  rounds: number;
  shipmentsPerRound: number;
  onProgress: (what: string) => void;
}

/** For each worker that is new. */
const warmUps = { thorough: 300, quick: 30 } as const;

export async function measureWorkers(
  dir: string,
  cleanUps: CleanUps,
  { backend, counts, rounds, shipmentsPerRound, onProgress }: WorkersOptions,
): Promise<WorkersFigures[]> {
  const warmUp = shipmentsPerRound >= 100 ? warmUps.thorough : warmUps.quick;
  const keys = counts.reduce((sum, count) => sum + count * warmUp + rounds * shipmentsPerRound, 0);
  const stack = await startStack(dir, cleanUps, { backend, keys });
  const running: RunningModule[] = [];
  const found: WorkersFigures[] = [];
  for (const workers of counts) {
    const young = workers - running.length;
    while (running.length < workers) running.push(await stack.startWorker(`worker-${running.length + 1}`));
    onProgress(`${workers} workers`);
    // Each takes its share: the new ones have theirs when all have had as much.
    await runShipments(stack, running, { round: `w${workers}`, shipments: Math.min(warmUp * young, warmUp * 2) });
    const shipments: JourneyFigures[] = [];
    for (let round = 0; round < rounds; round += 1)
      shipments.push(
        await runShipments(stack, running, { round: `n${workers}r${round}`, shipments: shipmentsPerRound }),
      );
    found.push({ workers, shipments });
  }
  return found;
}
