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

const warmUp = 60;

export async function measureWorkers(
  dir: string,
  cleanUps: CleanUps,
  { backend, counts, rounds, shipmentsPerRound, onProgress }: WorkersOptions,
): Promise<WorkersFigures[]> {
  const keys = counts.reduce((sum, count) => sum + count * warmUp + rounds * shipmentsPerRound, 0);
  const stack = await startStack(dir, cleanUps, { backend, keys });
  const running: RunningModule[] = [];
  const found: WorkersFigures[] = [];
  for (const workers of counts) {
    while (running.length < workers) running.push(await stack.startWorker(`worker-${running.length + 1}`));
    onProgress(`${workers} workers`);
    await runShipments(stack, running, { round: `w${workers}`, shipments: warmUp * workers });
    const shipments: JourneyFigures[] = [];
    for (let round = 0; round < rounds; round += 1)
      shipments.push(
        await runShipments(stack, running, { round: `n${workers}r${round}`, shipments: shipmentsPerRound }),
      );
    found.push({ workers, shipments });
  }
  return found;
}
