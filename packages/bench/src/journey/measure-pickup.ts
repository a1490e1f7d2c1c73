import { z } from 'zod';

import { times } from '../load/requests.ts';
import { alternate } from '../measure/rounds.ts';
import { percentile } from '../measure/statistics.ts';
import type { CleanUps } from '../stack/scratch.ts';
import { startStack, type Backend, type Stack } from '../stack/stack.ts';
import { unknownPrefix } from '../stand-ins/people.ts';
import { startChain } from './start-chain.ts';

export interface Percentiles {
  p50: number;
  p99: number;
}

/** One a round. */
export interface Pickup {
  backend: Backend;
  ours: readonly Percentiles[];
  bullmq: readonly Percentiles[];
}

export interface PickupOptions {
  backend: Backend;
  rounds: number;
  /** Of the run before the first round, and of each round. */
  warmUp: number;
  events: number;
  everyMs: number;
}

const percentiles = (values: readonly number[]): Percentiles => ({
  p50: percentile(values, 0.5),
  p99: percentile(values, 0.99),
});

export async function measurePickup(dir: string, cleanUps: CleanUps, options: PickupOptions): Promise<Pickup> {
  const { backend, rounds, warmUp, events, everyMs } = options;
  const stack = await startStack(dir, cleanUps, { backend, keys: 1 });
  const chain = await startChain(stack, cleanUps);
  await stack.startWorker();
  await pickUp(stack, { round: 'warm', events: warmUp, everyMs });
  const round = counter();
  const measured = await alternate(rounds, {
    ours: async () => percentiles(await pickUp(stack, { round: round(), events, everyMs })),
    bullmq: async () => percentiles(await chain.ask({ round: round(), pickups: events, everyMs }, z.array(z.number()))),
  });
  return { backend, ours: measured.get('ours') ?? [], bullmq: measured.get('bullmq') ?? [] };
}

const counter = (): (() => string) => {
  let last = 0;
  return () => String((last += 1));
};

/** Sends events one by one. @returns for each, the time from its answer to the first call of its job */
async function pickUp(
  stack: Stack,
  { round, events, everyMs }: { round: string; events: number; everyMs: number },
): Promise<number[]> {
  const users = Array.from({ length: events }, (_, index) => `${unknownPrefix}${round}-${index}`);
  const answered = await stack.deliver(users, { perDelivery: 1, everyMs });
  const firstCallAt = new Map(await untilCalled(stack, events));
  // A job may begin before its sender has read the answer.
  return answered.flatMap(([user, at]) => {
    const called = firstCallAt.get(user);
    return called === undefined ? [] : [Math.max(0, called - at)];
  });
}

/** The stand-in answers with the users that were read since the last time. */
async function untilCalled(stack: Stack, count: number): Promise<[string, number][]> {
  const called: [string, number][] = [];
  for (let tries = 0; called.length < count && tries < 100; tries += 1) {
    await new Promise((resolve) => {
      setTimeout(resolve, 100);
    });
    called.push(...(await stack.okta.ask({}, times)));
  }
  return called;
}
