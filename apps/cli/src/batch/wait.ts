import { at, type Api } from '../api/client.ts';
import { batch, type Batch } from '../api/shapes.ts';
import type { Cli } from '../cli.ts';
import { isBefore, type Stage } from '../commands/statuses.ts';
import { showProgress } from '../output/progress.ts';
import { poll } from '../waiting/poll.ts';

/**
 * Polls a batch until every shipment has reached `stage` or needs attention.
 * @throws CliError `too_late`, `unreachable`
 */
export async function waitForBatch(
  cli: Cli,
  api: Api,
  { batch: { id, accepted }, stage, timeoutMs }: { batch: Batch; stage: Stage; timeoutMs: number },
): Promise<Batch> {
  const label = `until ${stage}`;
  const progress = showProgress(cli.terminal, { label, total: accepted, unit: 'shipments' });
  try {
    return await poll(cli, {
      look: () => api.request(batch, { method: 'GET', path: at`/v1/batches/${id}` }),
      hasArrived: (current) => {
        const arrived = countArrived(current, stage);
        progress.update(Math.min(arrived, accepted), label);
        return arrived >= accepted;
      },
      describeLate: (current) => {
        const missing = accepted - (current === null ? 0 : countArrived(current, stage));
        return `${missing} of the ${accepted} shipments of ${id} are not yet ${stage}; they continue in the background`;
      },
      timeoutMs,
    });
  } finally {
    progress.end();
  }
}

const countArrived = ({ statuses }: Batch, stage: Stage): number =>
  Object.entries(statuses).reduce((sum, [status, count]) => (isBefore(stage, status) ? sum : sum + count), 0);
