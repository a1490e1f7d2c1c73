import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

import { describeMachine, postgresVersion } from './measure/machine.ts';
import { batch } from './parts/batch.ts';
import { intake } from './parts/intake.ts';
import { journey } from './parts/journey.ts';
import type { Effort, Part } from './parts/part.ts';
import { pickup } from './parts/pickup.ts';
import { chartSvg } from './report/chart.ts';
import { reportOf, tablesOf } from './report/markdown.ts';
import type { PartResult } from './report/result.ts';
import { withScratch } from './stack/scratch.ts';
import { hasRedis, startPostgres, startRedis } from './stack/stores.ts';

const parts: Readonly<Record<string, Part>> = { intake, journey, pickup, batch };

const { values, positionals } = parseArgs({
  options: { short: { type: 'boolean', default: false }, rounds: { type: 'string' } },
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
const chosen = Object.entries(parts).filter(([name]) => positionals.length === 0 || positionals.includes(name));

async function runPart(name: string, part: Part): Promise<PartResult> {
  const startedAt = performance.now();
  const found = await part.run(effort);
  const seconds = (performance.now() - startedAt) / 1_000;
  return { part: name, title: part.title, about: part.about, seconds: Math.round(seconds), ...found };
}

const results: PartResult[] = [];
for (const [name, part] of chosen) {
  const result = await runPart(name, part);
  results.push(result);
  process.stdout.write(`${tablesOf(result)}\n`);
}
if (!isShort && positionals.length === 0) await writeReport(results);

/** Only a full run writes the report: its figures are of one run on one machine. */
async function writeReport(all: readonly PartResult[]): Promise<void> {
  const versions = await withScratch(async (dir, cleanUps) => {
    const postgres = await startPostgres(`${dir}/postgres`);
    cleanUps.add(postgres.stop);
    const redis = hasRedis ? await startRedis(dir) : null;
    cleanUps.add(async () => redis?.stop());
    return { postgres: await postgresVersion(postgres.url('postgres')), redis: redis?.version ?? 'none' };
  });
  const docs = resolve(dirname(fileURLToPath(import.meta.url)), '../../../docs');
  const images = resolve(docs, 'images', 'bench');
  await mkdir(images, { recursive: true });
  for (const chart of all.flatMap(({ charts }) => charts))
    await writeFile(resolve(images, `${chart.name}.svg`), chartSvg(chart));
  const machine = await describeMachine(versions);
  await writeFile(resolve(docs, 'benchmarks.md'), reportOf(all, machine));
  await writeFile(resolve(docs, 'benchmarks.json'), `${JSON.stringify({ machine, results: all }, null, 1)}\n`);
}
