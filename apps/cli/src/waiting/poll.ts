import type { Cli } from '../cli.ts';
import { CliError } from '../errors.ts';

const firstPauseMs = 500;
const maxPauseMs = 10_000;
/** An API that restarts or is upgraded is back by then. */
const maxAwayMs = 10 * 60_000;

export interface Wait<State> {
  look: () => Promise<State>;
  hasArrived: (state: State) => boolean;
  /** What the time ran out on, from the last look; null: there was none. */
  describeLate: (state: State | null) => string;
  timeoutMs: number;
}

/**
 * Looks again, ever less often, until something has arrived. What is waited for goes on without the API: an API that does not
 * answer for a while, such as one that restarts, only delays the next look.
 * @throws CliError `too_late`, or `unreachable` after ten minutes without an answer
 */
export async function poll<State>(
  cli: Cli,
  { look, hasArrived, describeLate, timeoutMs }: Wait<State>,
): Promise<State> {
  const endsAtMs = cli.now().getTime() + timeoutMs;
  const lookThroughOutage = outageTolerant(cli, look);
  let last: State | null = null;
  for (let pauseMs = firstPauseMs; ; pauseMs = Math.min(pauseMs * 1.5, maxPauseMs)) {
    const seen = await lookThroughOutage();
    if (seen !== null && hasArrived(seen)) return seen;
    last = seen ?? last;
    if (cli.now().getTime() >= endsAtMs) throw new CliError('too_late', describeLate(last));
    await cli.sleep(pauseMs);
  }
}

/** Null while the API cannot be reached; says so once, and once when it is back. */
function outageTolerant<State>({ terminal, now }: Cli, look: () => Promise<State>): () => Promise<State | null> {
  let awaySinceMs: number | null = null;
  return async () => {
    try {
      const seen = await look();
      if (awaySinceMs !== null) terminal.err('The API answers again.');
      awaySinceMs = null;
      return seen;
    } catch (error) {
      if (!(error instanceof CliError) || error.code !== 'unreachable') throw error;
      if (awaySinceMs === null) terminal.err('The API does not answer; still waiting. What was requested continues.');
      awaySinceMs ??= now().getTime();
      if (now().getTime() - awaySinceMs >= maxAwayMs) throw error;
      return null;
    }
  };
}
