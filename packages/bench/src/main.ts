import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { inspect, parseArgs } from 'node:util';

import { writeCapacity } from './capacity/write-capacity.ts';
import { describeMachine, postgresVersion } from './measure/machine.ts';
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
import { readResults, type PartResult } from './report/result.ts';
import { stopAndExit, withScratch } from './stack/scratch.ts';
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
const effort: Effort = {
  isShort,
  rounds: Number(values.rounds ?? (isShort ? 2 : 5)),
  onProgress: (what) => void process.stderr.write(`${what}\n`),
};
const chosen = Object.entries(parts).filter(([name, part]) =>
  positionals.length === 0 ? !(isShort && part.isLong === true) : positionals.includes(name),
);

for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void stopAndExit(1));

const ranAt = new Date().toISOString().slice(0, 16);
const startedAtMs = performance.now();
const secondsSince = (atMs: number): number => Math.round((performance.now() - atMs) / 1_000);
const results: PartResult[] = [];
let failed = 0;

/** The short form is a report of CI, which never fails on speed: on a slow machine, some parts are left out. */
const shortSeconds = { begin: 130, end: 175 } as const;
if (isShort) setTimeout(giveUp, shortSeconds.end * 1_000).unref();

for (const [name, part] of chosen) {
  if (isShort && secondsSince(startedAtMs) > shortSeconds.begin)
    process.stdout.write(`## ${part.title}: left out, since the time is up\n\n`);
  else await runPart(name, part);
}
if (!isShort && (positionals.length === 0 || values.update)) await writeReport();
process.exitCode = failed === 0 ? 0 : 1;

/** One that breaks does not take the figures of the others with it. */
async function runPart(name: string, { title, about, run }: Part): Promise<void> {
  const beganMs = performance.now();
  try {
    const found = await run(effort);
    const result = { part: name, title, about, ranAt, seconds: secondsSince(beganMs), ...found };
    results.push(result);
    process.stdout.write(`${tablesOf(result)}\n\n`);
  } catch (error) {
    failed += 1;
    process.stdout.write(`## ${title}: failed\n\n${inspect(error)}\n\n`);
  }
}

/** A part that is still running then is only slow, if one before it has ended. */
function giveUp(): void {
  process.stdout.write(`the time is up after ${secondsSince(startedAtMs)} s: ${results.length} parts have ended\n`);
  void stopAndExit(failed === 0 && results.length > 0 ? 0 : 1);
}

/** A part that was not run, or failed, keeps the figures of an earlier run; the report says so. */
async function writeReport(): Promise<void> {
  const docs = resolve(dirname(fileURLToPath(import.meta.url)), '../../../docs');
  const earlier = await readResults(resolve(docs, 'benchmarks.json'));
  const all = Object.keys(parts).flatMap((name) => [...results, ...earlier].find(({ part }) => part === name) ?? []);
  const images = resolve(docs, 'images', 'bench');
  await mkdir(images, { recursive: true });
  for (const chart of all.flatMap(({ charts }) => charts))
    await writeFile(resolve(images, `${chart.name}.svg`), chartSvg(chart));
  const machine = await describeMachine(await versionsOfStores());
  await writeFile(resolve(docs, 'benchmarks.md'), reportOf(all, machine));
  await writeFile(resolve(docs, 'benchmarks.json'), `${JSON.stringify({ machine, results: all }, null, 1)}\n`);
  if (all.length === Object.keys(parts).length) await writeCapacity(resolve(docs, 'capacity.md'), all, machine.cores);
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
