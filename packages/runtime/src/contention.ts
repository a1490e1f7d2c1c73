import { setImmediate, setTimeout } from 'node:timers/promises';

import { createStretches, stretchMs, type Pause } from './stretches.ts';

/** What work on files needs to know of the tenants that have work. */
export interface FileContention {
  /** Whether another tenant had work within the last second. */
  isContended: (tenant: string) => boolean;
  /** For the work on files, in short stretches. All of it rests together: however many tenants send files, others have three quarters. */
  files: {
    stretchesOf: (tenant: string) => Pause;
    /** After a piece that is no stretch, such as a statement. */
    giveWay: (tenant: string, tookMs: number) => Promise<void>;
  };
}

/** Which tenants have work in this process: the much work of one gives way to the little of the others. */
export interface Contention extends FileContention {
  /** The tenant has work now. */
  note: (tenant: string) => void;
  /**
   * After a piece of much work that took so long: waits three times as long while others have work too, and no longer than
   * `maxRestMs`; otherwise only until the event loop has run.
   */
  giveWay: (tenant: string, tookMs: number) => Promise<void>;
}

const sharedForMs = 1_000;

/** Others keep three quarters of the time, and of the database's, which works on our statements as long as we wait for them. */
const restShare = 3;

/** How long a stretch of work on files may be while others have work. */
const fileStretchMs = 2;

/** The longest wait after one piece of work, in milliseconds. */
export const maxRestMs = 100;

const restOf = (tookMs: number): number => Math.min(tookMs * restShare, maxRestMs);

/** Knows the last two tenants that had work, which is all that is asked. */
export function createContention(nowMs: () => number = () => performance.now()): Contention {
  let last = { tenant: '', atMs: Number.NEGATIVE_INFINITY };
  let other = last;
  const isContended = (tenant: string): boolean => nowMs() - (last.tenant === tenant ? other : last).atMs < sharedForMs;
  return {
    ...createFileContention(isContended, nowMs),
    note: (tenant) => {
      if (last.tenant !== tenant) other = last;
      last = { tenant, atMs: nowMs() };
    },
    giveWay: async (tenant, tookMs) => {
      if (isContended(tenant)) await setTimeout(restOf(tookMs));
      else await setImmediate();
    },
  };
}

/** For a thread that works on files alone, and to which is reported whether others have work. */
export function createFileContention(
  isContended: FileContention['isContended'],
  nowMs: () => number = () => performance.now(),
): FileContention {
  let restUntilMs = Number.NEGATIVE_INFINITY;
  const giveWay = async (tenant: string, tookMs: number): Promise<void> => {
    if (!isContended(tenant)) return setImmediate();
    restUntilMs = Math.max(nowMs(), restUntilMs) + restOf(tookMs);
    await setTimeout(restUntilMs - nowMs());
  };
  return {
    isContended,
    files: {
      stretchesOf: (tenant) =>
        createStretches(
          (tookMs) => giveWay(tenant, tookMs),
          () => (isContended(tenant) ? fileStretchMs : stretchMs),
        ),
      giveWay,
    },
  };
}
