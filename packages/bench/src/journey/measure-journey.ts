import { join } from 'node:path';

import { z } from 'zod';

import type { RunningModule } from '../measure/module.ts';
import { cpuMsOf, cpuMsOfTree, memoryOf } from '../measure/processes.ts';
import { alternate } from '../measure/rounds.ts';
import { percentile } from '../measure/statistics.ts';
import type { CleanUps } from '../stack/scratch.ts';
import { startStack, type Backend, type Stack } from '../stack/stack.ts';
import { readAttempts, type Attempts } from './attempts.ts';
import { countersEach, readCounters, topStatements, untilDisconnected, type Counters } from './counters.ts';
import { readProfile, type ProfileRow } from './profile.ts';
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
  /** For a shipment. */
  oktaCalls: number;
  attempts: Attempts;
  memoryMb: { receiver: number; worker: number };
  /** Of the worker; empty where it was not taken. */
  profile: readonly ProfileRow[];
  statements: readonly { text: string; ms: number; calls: number }[];
}

export interface JourneyOptions {
  backend: Backend;
  rounds: number;
  /** Of a round; the number of shipments follows from how fast the first ones are. */
  secondsPerRound: number;
  /** Shipments of each of two runs before the first round, and of those that go one at a time. */
  warmUp: number;
  alone: number;
  /** Of all rounds together: their keys are prepared before. */
  mostShipments: number;
  /** A last round with V8's profiler, which is in no other figure. */
  isProfiled: boolean;
  onProgress: (what: string) => void;
}

export async function measureJourney(dir: string, cleanUps: CleanUps, options: JourneyOptions): Promise<Journey> {
  const { backend, rounds, warmUp, onProgress } = options;
  const keys = warmUp * (options.isProfiled ? 3 : 2) + options.mostShipments + options.alone;
  const stack = await startStack(dir, cleanUps, { backend, keys });
  const chain = await startChain(stack, cleanUps);
  const before = await readCounters(stack.databaseUrl);
  const worker = await stack.startWorker();
  onProgress(`journey on ${backend}: warming up`);
  // Until the code is compiled; the second run says how fast the worker is.
  await runShipments(stack, [worker], { round: 'a', shipments: warmUp });
  const { perSecond } = await runShipments(stack, [worker], { round: 'b', shipments: warmUp });
  await chain.ask({ round: 'a', chains: warmUp * 2 }, z.number());
  const shipments = sizeOfRound(perSecond, options);
  const round = counter();
  const measured = await alternate<'shipments' | 'chains', JourneyFigures | ChainFigures>(rounds, {
    chains: () => runChains(stack, chain, { round: `c${round()}`, chains: shipments * 4 }),
    shipments: () => {
      onProgress(`journey on ${backend}: ${shipments} shipments`);
      return runShipments(stack, [worker], { round: `r${round()}`, shipments });
    },
  });
  onProgress(`journey on ${backend}: one at a time`);
  const alone = await runAlone(stack, { round: 'alone', shipments: options.alone });
  const memoryMb = {
    receiver: (await memoryOf(stack.receiver.pid)).peakMb,
    worker: (await memoryOf(worker.pid)).peakMb,
  };
  await worker.stop();
  const profile = options.isProfiled ? await profileWorker(dir, stack, { warmUp, shipments }) : [];
  return {
    backend,
    shipments: (measured.get('shipments') ?? []).filter(isJourney),
    chains: (measured.get('chains') ?? []).filter((one): one is ChainFigures => !isJourney(one)),
    aloneMs: { p50: percentile(alone, 0.5), p95: percentile(alone, 0.95) },
    memoryMb,
    profile,
    ...(await countAll(stack, before)),
  };
}

/** Of a stack whose receiver and worker run on another Node: the shipments alone, in as many rounds. */
export async function measureOnNode(
  dir: string,
  cleanUps: CleanUps,
  options: Omit<JourneyOptions, 'alone' | 'isProfiled'> & { execPath: string },
): Promise<readonly JourneyFigures[]> {
  const { backend, execPath, rounds, warmUp, onProgress } = options;
  const stack = await startStack(dir, cleanUps, { backend, execPath, keys: warmUp * 2 + options.mostShipments });
  const worker = await stack.startWorker();
  onProgress(`journey on ${backend} with ${execPath}`);
  await runShipments(stack, [worker], { round: 'a', shipments: warmUp });
  const { perSecond } = await runShipments(stack, [worker], { round: 'b', shipments: warmUp });
  const shipments = sizeOfRound(perSecond, options);
  const measured: JourneyFigures[] = [];
  for (let round = 0; round < rounds; round += 1)
    measured.push(await runShipments(stack, [worker], { round: `r${round}`, shipments }));
  return measured;
}

/** As many as take so long, and as the keys suffice for, with one round more for the profile. */
const sizeOfRound = (
  perSecond: number,
  { secondsPerRound, mostShipments, rounds }: Pick<JourneyOptions, 'secondsPerRound' | 'mostShipments' | 'rounds'>,
): number => Math.round(Math.min(Math.max(perSecond * secondsPerRound, 20), mostShipments / (rounds + 1)));

const isJourney = (one: JourneyFigures | ChainFigures): one is JourneyFigures => 'latencyMs' in one;

const counter = (): (() => number) => {
  let last = 0;
  return () => (last += 1);
};

/** Stops the last process first: only then has Postgres counted all. */
async function countAll(
  stack: Stack,
  before: Counters,
): Promise<Pick<Journey, 'counters' | 'oktaCalls' | 'attempts' | 'statements'>> {
  const total = await stack.provider.ask('orders', z.int());
  await stack.receiver.stop();
  await untilDisconnected(stack.databaseUrl);
  return {
    oktaCalls: (await stack.okta.ask('calls', z.int())) / total,
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

/** A worker of its own on the same stack, once it is warm. V8 writes the profile when the process ends. */
async function profileWorker(
  dir: string,
  stack: Stack,
  { warmUp, shipments }: { warmUp: number; shipments: number },
): Promise<ProfileRow[]> {
  const folder = join(dir, 'profile');
  const worker = await stack.startWorker('profiled-worker', ['--cpu-prof', `--cpu-prof-dir=${folder}`]);
  await runShipments(stack, [worker], { round: 'unprofiled', shipments: warmUp });
  const sinceUs = Number(process.hrtime.bigint() / 1_000n);
  await runShipments(stack, [worker], { round: 'profile', shipments });
  await worker.stop();
  return readProfile(folder, sinceUs);
}
