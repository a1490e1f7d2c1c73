import { mkdir, rename, writeFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { inspect, parseArgs } from 'node:util';

import { isComplete, writeCapacity } from './capacity/write-capacity.ts';
import { BenchError } from './errors.ts';
import { describeMachine, postgresVersion, type Machine } from './measure/machine.ts';
import { batch } from './parts/batch.ts';
import { growth } from './parts/growth.ts';
import { intake } from './parts/intake.ts';
import { journey } from './parts/journey.ts';
import type { Effort, Part } from './parts/part.ts';
import { peers } from './parts/peers.ts';
import { pickup } from './parts/pickup.ts';
import { start } from './parts/start.ts';
import { workers } from './parts/workers.ts';
import { chartSvg } from './report/chart.ts';
import { reportOf, tablesOf } from './report/markdown.ts';
import { nothingFound, readResults, type PartResult } from './report/result.ts';
import { stopAll, stopAndExit, withScratch } from './stack/scratch.ts';
import { hasRedis, startPostgres, startRedis } from './stack/stores.ts';

const parts: Readonly<Record<string, Part>> = { intake, journey, pickup, batch, start, workers, growth, peers };

const { values, positionals } = parseArgs({
  options: {
    short: { type: 'boolean', default: false },
    rounds: { type: 'string' },
    /** Puts the parts into the report beside those of earlier runs. */
    update: { type: 'boolean', default: false },
  },
  allowPositionals: true,
});
const unknown = positionals.filter((name) => !Object.hasOwn(parts, name));
if (unknown.length > 0) {
  process.stderr.write(`no such part: ${unknown.join(', ')}; there are: ${Object.keys(parts).join(', ')}\n`);
  process.exit(2);
}

const isShort = values.short;
const startedAtMs = performance.now();
const secondsSince = (atMs: number): number => Math.round((performance.now() - atMs) / 1_000);
const effort: Effort = {
  isShort,
  rounds: Number(values.rounds ?? (isShort ? 2 : 5)),
  onProgress: (what) => void process.stderr.write(`${String(secondsSince(startedAtMs)).padStart(5)} s  ${what}\n`),
};
const chosen = Object.entries(parts).filter(([name, part]) =>
  positionals.length === 0 ? !(isShort && part.isLong === true) : positionals.includes(name),
);
const isReported = !isShort && (positionals.length === 0 || values.update);

/** What breaks since then is no result. */
let isInterrupted = false;
for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.once(signal, () => {
    isInterrupted = true;
    void stopAndExit(1);
  });

const ranAt = new Date().toISOString().slice(0, 16);
const results: PartResult[] = [];
const failures = new Map<string, string>();

/** The short form is a report of CI, which never fails on speed: on a slow machine, some parts are left out. */
const shortSeconds = { begin: 130, end: 175 } as const;
if (isShort) setTimeout(giveUp, shortSeconds.end * 1_000).unref();
/** None takes a third of it on an idle machine; what hangs must not take the figures of the others with it. */
const partMs = 25 * 60_000;

const machine = isReported ? await describeMachine(await versionsOfStores()) : null;
for (const [name, part] of chosen) {
  if (isInterrupted) break;
  if (isShort && secondsSince(startedAtMs) > shortSeconds.begin)
    process.stdout.write(`## ${part.title}: left out, since the time is up\n\n`);
  else await runPart(name, part);
  if (machine !== null && !isInterrupted) await writeReport(machine);
}
process.exitCode = failures.size === 0 ? 0 : 1;

/** One that breaks does not take the figures of the others with it. */
async function runPart(name: string, { title, about, run }: Part): Promise<void> {
  const beganMs = performance.now();
  const limit = new AbortController();
  const late = sleep(partMs, undefined, { signal: limit.signal, ref: false }).then(async () => {
    await Promise.race([stopAll(), sleep(30_000, undefined, { ref: false })]);
    throw new BenchError(`did not end within ${partMs / 60_000} minutes`);
  });
  try {
    const found = await Promise.race([run(effort), late]);
    const seconds = secondsSince(beganMs);
    const result = { part: name, title, about, ranAt, seconds, failure: null, ...found };
    results.push(result);
    process.stdout.write(`${tablesOf(result)}\n\n`);
  } catch (error) {
    failures.set(name, error instanceof Error ? error.message : String(error));
    process.stdout.write(`## ${title}: failed after ${secondsSince(beganMs)} s\n\n${inspect(error)}\n\n`);
  } finally {
    late.catch(() => undefined);
    limit.abort();
  }
}

/** A part that is still running then is only slow, if one before it has ended. */
function giveUp(): void {
  process.stdout.write(`the time is up after ${secondsSince(startedAtMs)} s: ${results.length} parts have ended\n`);
  void stopAndExit(failures.size === 0 && results.length > 0 ? 0 : 1);
}

/** Of this run, else of an earlier one: a part that was not run, or failed, keeps its figures, and the report says so. */
function resultOf(name: string, { title, about }: Part, earlier: readonly PartResult[]): PartResult[] {
  const failure = failures.get(name) ?? null;
  const known = [...results, ...earlier].find(({ part }) => part === name);
  if (known !== undefined) return [failure === null ? known : { ...known, failure }];
  return failure === null ? [] : [{ ...nothingFound, part: name, title, about, ranAt, seconds: 0, failure }];
}

/** After each part: what an interrupted run has found is in the report. */
async function writeReport(described: Machine): Promise<void> {
  const docs = resolve(dirname(fileURLToPath(import.meta.url)), '../../../docs');
  const earlier = await readResults(resolve(docs, 'benchmarks.json'));
  const all = Object.entries(parts).flatMap(([name, part]) => resultOf(name, part, earlier));
  const images = resolve(docs, 'images', 'bench');
  await mkdir(images, { recursive: true });
  for (const chart of all.flatMap(({ charts }) => charts))
    await writeFile(resolve(images, `${chart.name}.svg`), chartSvg(chart));
  await writeFile(resolve(docs, 'benchmarks.md'), reportOf(all, described));
  const kept = resolve(docs, 'benchmarks.json');
  // Whole or not at all: the next run reads it.
  await writeFile(`${kept}.new`, `${JSON.stringify({ machine: described, results: all }, null, 1)}\n`);
  await rename(`${kept}.new`, kept);
  if (isComplete(all)) await writeCapacity(resolve(docs, 'capacity.md'), all, described.cores);
}

function versionsOfStores(): Promise<{ postgres: string; redis: string }> {
  return withScratch(async (dir, cleanUps) => {
    const postgres = await startPostgres(`${dir}/postgres`);
    cleanUps.add(postgres.stop);
    const redis = hasRedis ? await startRedis(dir) : null;
    cleanUps.add(async () => redis?.stop());
    return { postgres: await postgresVersion(postgres.url('postgres')), redis: redis?.version ?? 'none' };
  });
}
