import { readdir, readFile } from 'node:fs/promises';

import { BenchError } from '../errors.ts';

/** Linux counts CPU time in hundredths of a second (`getconf CLK_TCK`, which no Linux of today has otherwise). */
const tickMs = 10;

interface Stat {
  parent: number;
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

/** CPU time of a process so far, in milliseconds. @throws BenchError where it has ended, or there is no /proc */
export async function cpuMsOf(pid: number): Promise<number> {
  const stat = await readStat(pid);
  if (stat === null) throw new BenchError(`/proc/${pid}/stat cannot be read: the bench needs Linux`);
  return stat.ownMs;
}

/** CPU time of a process with its children, those that ended included: a Postgres server with its backends. */
export async function cpuMsOfTree(pid: number): Promise<number> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number);
  const stats = await Promise.all(pids.map(readStat));
  const children = stats.filter((stat) => stat?.parent === pid).map((stat) => stat?.ownMs ?? 0);
  const root = await readStat(pid);
  if (root === null) throw new BenchError(`/proc/${pid}/stat cannot be read: the bench needs Linux`);
  return children.reduce((sum, one) => sum + one, root.ownMs + root.endedMs);
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
