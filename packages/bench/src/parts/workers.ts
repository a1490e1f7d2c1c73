import { measureWorkers, type WorkersFigures } from '../journey/measure-workers.ts';
import { ourCpuMs } from '../journey/usage.ts';
import { rangeOf } from '../measure/statistics.ts';
import { bar, medianOf, number, rangedOf } from '../report/format.ts';
import { nothingFound, type Found, type Table } from '../report/result.ts';
import { withScratch } from '../stack/scratch.ts';
import { backends } from './journey.ts';
import type { Effort, Part } from './part.ts';

async function run({ isShort, rounds, onProgress }: Effort): Promise<Found> {
  const options = {
    backend: backends[0] ?? 'postgres',
    counts: isShort ? [1, 2] : [1, 2, 4],
    rounds: isShort ? 1 : Math.min(rounds, 3),
    shipmentsPerRound: isShort ? 20 : 150,
    onProgress,
  };
  const found = await withScratch((dir, cleanUps) => measureWorkers(dir, cleanUps, options));
  return {
    ...nothingFound,
    tables: [tableOf(found)],
    charts: [
      {
        name: 'workers',
        title: 'Shipments, by worker processes',
        unit: 'a second',
        bars: found.map(({ workers: count, shipments }) => bar(number(count), rangeOf(shipments.map(rate)), true)),
      },
    ],
    constants: Object.fromEntries(found.flatMap(constantsOf)),
  };
}

const rate = ({ perSecond }: { perSecond: number }): number => perSecond;

const tableOf = (found: readonly WorkersFigures[]): Table => ({
  title: 'Worker processes',
  columns: ['workers', 'shipments/s', 'our CPU ms', 'workers', 'Postgres', 'Redis', '(stand-ins)', 'cores busy'],
  rows: found.map(({ workers: count, shipments }) => [
    number(count),
    rangedOf(shipments, rate),
    rangedOf(shipments, ({ cpu }) => ourCpuMs(cpu)),
    ...(['worker', 'postgres', 'redis', 'standIns'] as const).map((name) =>
      number(medianOf(shipments, ({ cpu }) => cpu[name])),
    ),
    number(medianOf(shipments, busyCores)),
  ]),
});

const constantsOf = ({ workers: count, shipments }: WorkersFigures): [string, number][] => [
  [`workers${count}.shipmentsPerSecond`, medianOf(shipments, rate)],
  [`workers${count}.workerCpuMs`, medianOf(shipments, ({ cpu }) => cpu.worker)],
  [`workers${count}.postgresCpuMs`, medianOf(shipments, ({ cpu }) => cpu.postgres)],
  [`workers${count}.redisCpuMs`, medianOf(shipments, ({ cpu }) => cpu.redis)],
  [`workers${count}.otherCpuMs`, medianOf(shipments, ({ cpu }) => cpu.receiver + cpu.standIns)],
];

const busyCores = ({ cpu, perSecond }: WorkersFigures['shipments'][number]): number =>
  ((ourCpuMs(cpu) + cpu.standIns) * perSecond) / 1_000;

export const workers: Part = {
  isLong: true,
  title: 'Several workers',
  about:
    'The journey with one, two and four worker processes on this machine, which docs/capacity.md is checked against.',
  run,
};
