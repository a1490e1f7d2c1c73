import { setTimeout as sleep } from 'node:timers/promises';

import { repairOutbox } from '@keycourier/ledger/outbox/repair-outbox';
import pg from 'pg';

import { readScans } from '../journey/counters.ts';
import { runShipments, type JourneyFigures } from '../journey/run-shipments.ts';
import { cpuMsOfTree } from '../measure/processes.ts';
import { openLedger } from '../stack/ledger.ts';
import type { CleanUps } from '../stack/scratch.ts';
import { startStack, type Backend, type Stack } from '../stack/stack.ts';
import { connect } from '../stack/stores.ts';
import { fill } from './fill.ts';

export interface GrowthFigures {
  /** Ended shipments that were there before, and as many open ones whose parcel is on its way. */
  behind: number;
  shipments: readonly JourneyFigures[];
  databaseMb: number;
  /** Rows that were read by scans of whole tables, for each shipment. */
  scannedRows: number;
  /** One comparison of all open shipments with the outbox, which the sweep makes; null where Postgres cancels it (docs/limits.md). */
  repairMs: number | null;
  /** CPU of Postgres while nothing is to be done but the sweep, share of a core. */
  postgresAtRest: number;
}

export interface GrowthOptions {
  backend: Backend;
  sizes: readonly number[];
  rounds: number;
  shipmentsPerRound: number;
  onProgress: (what: string) => void;
}

const originals = 20;
/** For each size, whose worker is a new one: what it compiles first would hide what grows. */
const warmUps = { thorough: 300, quick: 40 } as const;

export async function measureGrowth(dir: string, cleanUps: CleanUps, options: GrowthOptions): Promise<GrowthFigures[]> {
  const { backend, sizes, rounds, shipmentsPerRound, onProgress } = options;
  const keys = originals + sizes.length * (warmUpOf(options) + rounds * shipmentsPerRound);
  const stack = await startStack(dir, cleanUps, { backend, keys });
  const first = await stack.startWorker();
  await runShipments(stack, [first], { round: 'originals', shipments: originals });
  // Until the last steps have been recorded.
  await sleep(2_000);
  await first.stop();
  const found: GrowthFigures[] = [];
  for (const [index, behind] of sizes.entries()) {
    onProgress(`growth: filling up to ${behind.toLocaleString('en-US')} shipments`);
    await fillUp(stack, { from: sizes[index - 1] ?? 0, to: behind });
    onProgress(`growth: ${rounds} rounds of ${shipmentsPerRound} shipments`);
    found.push(await measureAt(stack, behind, options));
  }
  return found;
}

const warmUpOf = ({ shipmentsPerRound }: GrowthOptions): number =>
  shipmentsPerRound >= 100 ? warmUps.thorough : warmUps.quick;

async function fillUp(stack: Stack, range: { from: number; to: number }): Promise<void> {
  const database = await connect(stack.databaseUrl);
  try {
    await fill(database, range);
    // What filling left to be written belongs to no shipment.
    await database.rows('checkpoint');
  } finally {
    await database.close();
  }
}

async function measureAt(stack: Stack, behind: number, options: GrowthOptions): Promise<GrowthFigures> {
  const { rounds, shipmentsPerRound } = options;
  const warmUp = warmUpOf(options);
  const before = await readScans(stack.databaseUrl);
  const worker = await stack.startWorker();
  const shipments: JourneyFigures[] = [];
  await runShipments(stack, [worker], { round: `w${behind}`, shipments: warmUp });
  for (let round = 0; round < rounds; round += 1)
    shipments.push(await runShipments(stack, [worker], { round: `g${behind}r${round}`, shipments: shipmentsPerRound }));
  await sleep(1_000);
  const atRest = await atRestFor(stack, 5);
  await worker.stop();
  const scans = (await readScans(stack.databaseUrl)).rows - before.rows;
  return {
    behind,
    shipments,
    databaseMb: before.databaseMb,
    scannedRows: scans / (warmUp + rounds * shipmentsPerRound),
    repairMs: await timeRepair(stack),
    postgresAtRest: atRest,
  };
}

async function atRestFor(stack: Stack, seconds: number): Promise<number> {
  const before = await cpuMsOfTree(stack.postgres.pid);
  await sleep(seconds * 1_000);
  return ((await cpuMsOfTree(stack.postgres.pid)) - before) / (seconds * 1_000);
}

async function timeRepair({ databaseUrl, files }: Stack): Promise<number | null> {
  const ledger = openLedger(databaseUrl, files.sealingText);
  try {
    const startedAt = performance.now();
    await repairOutbox(ledger, 1_000);
    return performance.now() - startedAt;
  } catch (error) {
    if (error instanceof pg.DatabaseError && error.code === '57014') return null;
    throw error;
  } finally {
    await ledger.close();
  }
}
