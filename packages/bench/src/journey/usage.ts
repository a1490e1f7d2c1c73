import { cpuMsOf, cpuMsOfTree } from '../measure/processes.ts';
import type { Stack } from '../stack/stack.ts';

/** CPU time by process, in milliseconds. */
export interface Cpu {
  receiver: number;
  worker: number;
  postgres: number;
  redis: number;
  standIns: number;
}

export const ourCpuMs = ({ receiver, worker, postgres, redis }: Cpu): number => receiver + worker + postgres + redis;

export async function cpuOf(stack: Stack, workers: readonly { pid: number }[]): Promise<Cpu> {
  const sum = async (processes: readonly { pid: number }[]): Promise<number> =>
    (await Promise.all(processes.map(({ pid }) => cpuMsOf(pid)))).reduce((total, one) => total + one, 0);
  return {
    receiver: await cpuMsOf(stack.receiver.pid),
    worker: await sum(workers),
    postgres: await cpuMsOfTree(stack.postgres.pid),
    redis: stack.redis === null ? 0 : await cpuMsOf(stack.redis.pid),
    standIns: await sum([stack.okta, stack.provider, stack.smtp]),
  };
}

/** What each of `count` shipments used between two readings. */
export const cpuEach = (before: Cpu, after: Cpu, count: number): Cpu => ({
  receiver: (after.receiver - before.receiver) / count,
  worker: (after.worker - before.worker) / count,
  postgres: (after.postgres - before.postgres) / count,
  redis: (after.redis - before.redis) / count,
  standIns: (after.standIns - before.standIns) / count,
});
