import { measureGrowth, type GrowthFigures } from '../growth/measure-growth.ts';
import { measureMemory, type MemoryFigures } from '../growth/measure-memory.ts';
import type { JourneyFigures } from '../journey/run-shipments.ts';
import { ourCpuMs } from '../journey/usage.ts';
import { rangeOf } from '../measure/statistics.ts';
import { atMost, bar, medianOf, number, rangedOf } from '../report/format.ts';
import { nothingFound, type Found, type Table, type Target } from '../report/result.ts';
import { withScratch } from '../stack/scratch.ts';
import { backends } from './journey.ts';
import type { Effort, Part } from './part.ts';

const cpu = (one: JourneyFigures): number => ourCpuMs(one.cpu);
const rate = ({ perSecond }: JourneyFigures): number => perSecond;

async function run({ isShort, rounds, onProgress }: Effort): Promise<Found> {
  const backend = backends[0] ?? 'postgres';
  const sizes = isShort ? [1_000, 10_000] : [1_000, 10_000, 100_000, 1_000_000];
  const options = { backend, sizes, rounds: isShort ? 1 : Math.min(rounds, 3), shipmentsPerRound: isShort ? 20 : 100 };
  const found = await withScratch((dir, cleanUps) => measureGrowth(dir, cleanUps, { ...options, onProgress }));
  if (!isShort) onProgress('growth: memory over a long run');
  const memory = isShort
    ? null
    : await withScratch((dir, cleanUps) => measureMemory(dir, cleanUps, { backend, minutes: 3, mostShipments: 6_000 }));
  const last = found.at(-1);
  return {
    ...nothingFound,
    tables: [tableOf(found), ...(memory === null ? [] : [memoryTable(memory)])],
    charts: [
      {
        name: 'growth',
        title: 'Our CPU for a shipment, by the shipments behind it',
        unit: 'ms',
        bars: found.map(({ behind, shipments }) => bar(number(behind), rangeOf(shipments.map(cpu)), true)),
      },
    ],
    targets: targetsOf(found, memory),
    constants:
      last === undefined
        ? {}
        : {
            diskKbPerShipment: (last.databaseMb * 1_024) / last.behind,
            costGrowth: medianOf(last.shipments, cpu) / medianOf(found[0]?.shipments ?? [], cpu),
          },
  };
}

const tableOf = (found: readonly GrowthFigures[]): Table => ({
  title: 'Ended shipments behind, and as many open ones whose parcel is on its way',
  columns: [
    'each',
    'our CPU ms',
    'shipments/s',
    'database MB',
    'rows read by whole-table scans, a shipment',
    'one repair of the outbox, ms',
    'Postgres at rest, % of a core',
  ],
  rows: found.map(({ behind, shipments, databaseMb, scannedRows, repairMs, postgresAtRest }) => [
    number(behind),
    rangedOf(shipments, cpu),
    rangedOf(shipments, rate),
    number(databaseMb),
    number(scannedRows),
    repairMs === null ? 'cancelled' : number(repairMs),
    number(postgresAtRest * 100),
  ]),
});

const memoryTable = ({ shipments, minutes, worker, receiver }: MemoryFigures): Table => ({
  title: `Memory over ${number(shipments)} shipments in ${number(minutes)} minutes, MB`,
  columns: ['', 'second quarter', 'last quarter'],
  rows: [
    ['worker', number(worker.earlyMb), number(worker.lateMb)],
    ['receiver', number(receiver.earlyMb), number(receiver.lateMb)],
  ],
});

function targetsOf(found: readonly GrowthFigures[], memory: MemoryFigures | null): Target[] {
  const cost = (behind: number): number | null => {
    const at = found.find((one) => one.behind === behind);
    return at === undefined ? null : medianOf(at.shipments, cpu);
  };
  const ratio = (behind: number): number | null => {
    const [at, least] = [cost(behind), cost(1_000)];
    return at === null || least === null ? null : at / least;
  };
  const growth = memory === null ? null : memory.worker.lateMb / memory.worker.earlyMb;
  return [
    atMost('Cost of a shipment with 100,000 behind, of that with 1,000', ratio(100_000), [1.2, '×']),
    atMost('Cost of a shipment with 1,000,000 behind, of that with 1,000', ratio(1_000_000), [1.5, '×']),
    atMost('Memory of the worker late in a long run, of that early in it', growth, [1.1, '×']),
  ];
}

export const growth: Part = {
  isLong: true,
  title: 'Growth',
  about:
    'What a shipment costs with others behind it. Ended shipments with all of their rows are copies of real ones, made by SQL; as many again are open, with a poll that is due in some hours. Each worker has processed 300 shipments before it is measured.',
  run,
};
