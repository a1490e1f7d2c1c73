import { readdir, readFile } from 'node:fs/promises';

import { BenchError } from '../errors.ts';

/** `stat` has CPU time in hundredths of a second (`getconf CLK_TCK`, which no Linux of today has otherwise). */
const tickMs = 10;

interface Stat {
  parent: number;
  /** In whole ticks. */
  ownMs: number;
  /** Of children that ended. */
  endedMs: number;
}

async function readStat(pid: number): Promise<Stat | null> {
  const text = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => null);
  if (text === null) return null;
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  const ms = (index: number): number => Number(fields[index]) * tickMs;
  return { parent: Number(fields[1]), ownMs: ms(11) + ms(12), endedMs: ms(13) + ms(14) };
}

/** CPU time of the threads that it has now, in nanoseconds by the scheduler: a process at rest uses a few ticks a minute. */
async function threadsMsOf(pid: number): Promise<number> {
  const threads = await readdir(`/proc/${pid}/task`).catch(() => []);
  const ns = threads.map(async (thread) => {
    const text = await readFile(`/proc/${pid}/task/${thread}/schedstat`, 'utf8').catch(() => '');
    return Number(text.split(' ', 1)[0]);
  });
  return (await Promise.all(ns)).reduce((sum, one) => sum + one, 0) / 1_000_000;
}

/** Both are less than it is: by what is less than a tick, and by the threads that have ended. */
const ownMsOf = async (pid: number, { ownMs }: Stat): Promise<number> => Math.max(ownMs, await threadsMsOf(pid));

/** CPU time of a process so far, in milliseconds. @throws BenchError where it has ended, or there is no /proc */
export async function cpuMsOf(pid: number): Promise<number> {
  const stat = await readStat(pid);
  if (stat === null) throw new BenchError(`/proc/${pid}/stat cannot be read: the bench needs Linux`);
  return ownMsOf(pid, stat);
}

/** CPU time of a process with its children, those that ended included: a Postgres server with its backends. */
export async function cpuMsOfTree(pid: number): Promise<number> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number);
  const stats = await Promise.all(pids.map(readStat));
  const children = await Promise.all(
    pids.map(async (child, index): Promise<number> => {
      const stat = stats[index] ?? null;
      return stat?.parent === pid ? ownMsOf(child, stat) : 0;
    }),
  );
  const root = await readStat(pid);
  if (root === null) throw new BenchError(`/proc/${pid}/stat cannot be read: the bench needs Linux`);
  return children.reduce((sum, one) => sum + one, root.endedMs + (await ownMsOf(pid, root)));
}

export interface Memory {
  nowMb: number;
  /** The most since its start. */
  peakMb: number;
}

/** Resident memory of a process, in megabytes of 1,048,576 bytes. */
export async function memoryOf(pid: number): Promise<Memory> {
  const text = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
  const mb = (name: string): number => Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(text)?.[1]) / 1_024;
  return { nowMb: mb('VmRSS'), peakMb: mb('VmHWM') };
}
