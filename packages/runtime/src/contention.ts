import { setImmediate, setTimeout } from 'node:timers/promises';

/** Which tenants have work in this process: the much work of one gives way to the little of the others. */
export interface Contention {
  /** The tenant has work now. */
  note: (tenant: string) => void;
  /** Whether another tenant had work within the last second. */
  isContended: (tenant: string) => boolean;
  /**
   * After a piece of much work that took so long: waits twice as long while others have work too, and no longer than
   * `maxRestMs`; otherwise only until the event loop has run.
   */
  giveWay: (tenant: string, tookMs: number) => Promise<void>;
}

const sharedForMs = 1_000;
const restShare = 2;

/** The longest wait after one piece of work, in milliseconds. */
export const maxRestMs = 100;

/** Knows the last two tenants that had work, which is all that is asked. */
export function createContention(nowMs: () => number = () => performance.now()): Contention {
  let last = { tenant: '', atMs: Number.NEGATIVE_INFINITY };
  let other = last;
  const isContended = (tenant: string): boolean => nowMs() - (last.tenant === tenant ? other : last).atMs < sharedForMs;
  return {
    note: (tenant) => {
      if (last.tenant !== tenant) other = last;
      last = { tenant, atMs: nowMs() };
    },
    isContended,
    giveWay: async (tenant, tookMs) => {
      if (isContended(tenant)) await setTimeout(Math.min(tookMs * restShare, maxRestMs));
      else await setImmediate();
    },
  };
}
