import { z } from 'zod';

import type { RunningModule } from '../measure/module.ts';
import { cpuMsOf, cpuMsOfTree, memoryOf } from '../measure/processes.ts';
import { alternate } from '../measure/rounds.ts';
import { percentile } from '../measure/statistics.ts';
import type { CleanUps } from '../stack/scratch.ts';
import { startStack, type Backend, type Stack } from '../stack/stack.ts';
import { readAttempts, type Attempts } from './attempts.ts';
import { countersEach, readCounters, topStatements, untilDisconnected, type Counters } from './counters.ts';
import { runAlone, runShipments, type JourneyFigures } from './run-shipments.ts';
import { startChain } from './start-chain.ts';

export interface ChainFigures {
  perSecond: number;
  /** Of the process, Postgres and Redis together, for each chain. */
  cpuMs: number;
}

export interface Journey {
  backend: Backend;
  shipments: readonly JourneyFigures[];
  chains: readonly ChainFigures[];
  aloneMs: { p50: number; p95: number };
  counters: Counters;
  attempts: Attempts;
  memoryMb: { receiver: number; worker: number };
  statements: readonly { text: string; ms: number; calls: number }[];
}

export interface JourneyOptions {
  backend: Backend;
  rounds: number;
  /** Of a round; the number of shipments follows from how fast the first ones are. */
  secondsPerRound: number;
  onProgress: (what: string) => void;
}

const warmUp = 40;
const mostPerRound = 1_500;

export async function measureJourney(dir: string, cleanUps: CleanUps, options: JourneyOptions): Promise<Journey> {
  const { backend, rounds, onProgress } = options;
  const stack = await startStack(dir, cleanUps, { backend, keys: 2_000 + rounds * 400 });
  const chain = await startChain(stack, cleanUps);
  const before = await readCounters(stack.databaseUrl);
  const worker = await stack.startWorker();
  onProgress(`journey on ${backend}: warming up`);
  // Until the code is compiled; the second run says how fast the worker is.
  await runShipments(stack, [worker], { round: 'a', shipments: warmUp });
  const { perSecond } = await runShipments(stack, [worker], { round: 'b', shipments: warmUp });
  await chain.ask({ round: 'a', chains: 200 }, z.number());
  const shipments = Math.round(Math.min(Math.max(perSecond * options.secondsPerRound, 20), mostPerRound / rounds));
  const round = counter();
  const measured = await alternate<'shipments' | 'chains', JourneyFigures | ChainFigures>(rounds, {
    chains: () => runChains(stack, chain, { round: `c${round()}`, chains: shipments * 4 }),
    shipments: () => {
      onProgress(`journey on ${backend}: ${shipments} shipments`);
      return runShipments(stack, [worker], { round: `r${round()}`, shipments });
    },
  });
  onProgress(`journey on ${backend}: one at a time`);
  const alone = await runAlone(stack, { round: 'alone', shipments: 20 });
  const total = warmUp * 2 + shipments * rounds + alone.length;
  return {
    backend,
    shipments: (measured.get('shipments') ?? []).filter(isJourney),
    chains: (measured.get('chains') ?? []).filter((one): one is ChainFigures => !isJourney(one)),
    aloneMs: { p50: percentile(alone, 0.5), p95: percentile(alone, 0.95) },
    ...(await countAll(stack, { worker, before, total })),
  };
}

const isJourney = (one: JourneyFigures | ChainFigures): one is JourneyFigures => 'latencyMs' in one;

const counter = (): (() => number) => {
  let last = 0;
  return () => (last += 1);
};

/** Stops the processes first: only then has Postgres counted all. */
async function countAll(
  stack: Stack,
  { worker, before, total }: { worker: RunningModule; before: Counters; total: number },
): Promise<Pick<Journey, 'counters' | 'attempts' | 'memoryMb' | 'statements'>> {
  const memoryMb = {
    receiver: (await memoryOf(stack.receiver.pid)).peakMb,
    worker: (await memoryOf(worker.pid)).peakMb,
  };
  await Promise.all([worker.stop(), stack.receiver.stop()]);
  await untilDisconnected(stack.databaseUrl);
  return {
    memoryMb,
    counters: countersEach(before, await readCounters(stack.databaseUrl), total),
    attempts: await readAttempts(stack.databaseUrl),
    statements: await topStatements(stack.databaseUrl, 12),
  };
}

async function runChains(
  stack: Stack,
  chain: RunningModule,
  { round, chains }: { round: string; chains: number },
): Promise<ChainFigures> {
  const cpuMs = async (): Promise<number> =>
    (await cpuMsOf(chain.pid)) +
    (await cpuMsOfTree(stack.postgres.pid)) +
    (stack.redis === null ? 0 : await cpuMsOf(stack.redis.pid));
  const before = await cpuMs();
  const seconds = await chain.ask({ round, chains }, z.number());
  return { perSecond: chains / seconds, cpuMs: ((await cpuMs()) - before) / chains };
}
