import { at, type Api } from '../api/client.ts';
import { batch, type Batch } from '../api/shapes.ts';
import type { Cli } from '../cli.ts';
import { isBefore, type Stage } from '../commands/statuses.ts';
import { CliError } from '../errors.ts';
import { showProgress } from '../output/progress.ts';

const firstPauseMs = 500;
const longestPauseMs = 10_000;

/**
 * Looks at a batch until no shipment of it is still to come as far as `stage`.
 * @throws CliError `too_late`
 */
export async function waitForBatch(
  cli: Cli,
  api: Api,
  { id, accepted }: Batch,
  { stage, timeoutMs }: { stage: Stage; timeoutMs: number },
): Promise<Batch> {
  const giveUpAt = cli.now().getTime() + timeoutMs;
  const what = `until ${stage}`;
  const progress = showProgress(cli.terminal, { what, total: accepted, unit: 'shipments' });
  try {
    for (let pauseMs = firstPauseMs; ; pauseMs = Math.min(pauseMs * 1.5, longestPauseMs)) {
      const current = await api.ask(batch, { method: 'GET', path: at`/v1/batches/${id}` });
      const there = arrived(current, stage);
      progress.update(Math.min(there, accepted), what);
      if (there >= accepted) return current;
      if (cli.now().getTime() >= giveUpAt)
        throw new CliError(
          'too_late',
          `${accepted - there} of the ${accepted} shipments of ${id} are not yet ${stage}; they go on without us`,
        );
      await cli.sleep(pauseMs);
    }
  } finally {
    progress.end();
  }
}

const arrived = ({ statuses }: Batch, stage: Stage): number =>
  Object.entries(statuses).reduce((sum, [status, count]) => (isBefore(stage, status) ? sum : sum + count), 0);
