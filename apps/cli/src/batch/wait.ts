import { at, type Api } from '../api/client.ts';
import { batch, type Batch } from '../api/shapes.ts';
import type { Cli } from '../cli.ts';
import { isBefore, type Stage } from '../commands/statuses.ts';
import { CliError } from '../errors.ts';
import { showProgress } from '../output/progress.ts';

const firstPauseMs = 500;
const maxPauseMs = 10_000;

/**
 * Polls a batch until every shipment has reached `stage` or needs attention.
 * @throws CliError `too_late`
 */
export async function waitForBatch(
  cli: Cli,
  api: Api,
  { batch: { id, accepted }, stage, timeoutMs }: { batch: Batch; stage: Stage; timeoutMs: number },
): Promise<Batch> {
  const endsAt = cli.now().getTime() + timeoutMs;
  const label = `until ${stage}`;
  const progress = showProgress(cli.terminal, { label, total: accepted, unit: 'shipments' });
  try {
    for (let pauseMs = firstPauseMs; ; pauseMs = Math.min(pauseMs * 1.5, maxPauseMs)) {
      const current = await api.request(batch, { method: 'GET', path: at`/v1/batches/${id}` });
      const done = countArrived(current, stage);
      progress.update(Math.min(done, accepted), label);
      if (done >= accepted) return current;
      if (cli.now().getTime() >= endsAt)
        throw new CliError(
          'too_late',
          `${accepted - done} of the ${accepted} shipments of ${id} are not yet ${stage}; they continue in the background`,
        );
      await cli.sleep(pauseMs);
    }
  } finally {
    progress.end();
  }
}

const countArrived = ({ statuses }: Batch, stage: Stage): number =>
  Object.entries(statuses).reduce((sum, [status, count]) => (isBefore(stage, status) ? sum : sum + count), 0);
