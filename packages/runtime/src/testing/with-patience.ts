import { postgresLimits } from '../postgres-limits.ts';
import { untilTimeoutMs } from './until.ts';

const { migration } = postgresLimits;
const { connectMs } = migration;

/**
 * Pools that `start` makes with the limits of `migration`, the longest, also wait for a connection as long as tests wait: after a stall
 * of five seconds each request that waits for one would fail.
 */
export async function withPatience<Result>(start: () => Promise<Result> | Result): Promise<Result> {
  migration.connectMs = untilTimeoutMs;
  try {
    return await start();
  } finally {
    migration.connectMs = connectMs;
  }
}
