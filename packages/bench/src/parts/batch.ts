import { measureBatches, type BatchFigures } from '../batch/measure-batch.ts';
import { rangeOf } from '../measure/statistics.ts';
import { atMost, bar, medianOf, number, rangedOf } from '../report/format.ts';
import { nothingFound, type Chart, type Found, type Table } from '../report/result.ts';
import { withScratch } from '../stack/scratch.ts';
import type { Effort, Part } from './part.ts';

const small = 10_000;
const large = 50_000;

/** Twenty of the large ones in the full form: one slow upload of twenty is what is looked for. */
function uploadsOf({ isShort, rounds }: Effort): number[] {
  const smallOnes = Array.from({ length: rounds }, () => small);
  return isShort ? smallOnes.slice(0, 1) : [...smallOnes, ...Array.from({ length: 20 }, () => large)];
}

async function run(effort: Effort): Promise<Found> {
  const options = { uploads: uploadsOf(effort), onProgress: effort.onProgress };
  const found = await withScratch((dir, cleanUps) => measureBatches(dir, cleanUps, options));
  const bySize = [small, large]
    .map((rows) => ({ rows, uploads: found.filter((one) => one.rows === rows) }))
    .filter(({ uploads }) => uploads.length > 0);
  const longest = bySize.find(({ rows }) => rows === large)?.uploads.map(seconds);
  const ofSmall = medianOf(bySize[0]?.uploads ?? [], seconds);
  return {
    ...nothingFound,
    tables: [tableOf(bySize)],
    charts: [chartOf(bySize)],
    targets: [
      atMost('Batch of 10,000 rows', ofSmall, [1.5, 's']),
      atMost('Batch of 50,000 rows, the longest of 20', longest === undefined ? null : Math.max(...longest), [7, 's']),
      atMost('API process, most memory', Math.max(...found.map(({ apiPeakMb }) => apiPeakMb)), [250, 'MB']),
    ],
    constants: { batchRowMs: (ofSmall * 1_000) / small },
  };
}

const seconds = (one: BatchFigures): number => one.seconds;
const copySeconds = (one: BatchFigures): number => one.copySeconds;

interface Size {
  rows: number;
  uploads: readonly BatchFigures[];
}

const tableOf = (sizes: readonly Size[]): Table => ({
  title: 'Batches of CSV rows',
  columns: ['rows', 'uploads', 'seconds', 'COPY of the same file, s', 'API, most MB', 'others waited, ms at most'],
  rows: sizes.map(({ rows, uploads }) => [
    number(rows),
    number(uploads.length),
    rangedOf(uploads, seconds),
    rangedOf(uploads, copySeconds),
    number(Math.max(...uploads.map(({ apiPeakMb }) => apiPeakMb))),
    number(Math.max(...uploads.map(({ othersWaitedMs }) => othersWaitedMs))),
  ]),
});

const chartOf = (sizes: readonly Size[]): Chart => ({
  name: 'batch',
  title: 'Batches',
  unit: 'seconds',
  bars: sizes.flatMap(({ rows, uploads }) => [
    bar(`COPY, ${number(rows)} rows`, rangeOf(uploads.map(copySeconds))),
    bar(`batch, ${number(rows)} rows`, rangeOf(uploads.map(seconds)), true),
  ]),
});

export const batch: Part = {
  title: 'Batches',
  about:
    'A CSV file of people whose profile the request overrides, posted to the API: parsed, checked, sealed and committed in one transaction before it is answered. Each upload goes to a fresh API process. Compared with COPY of the same file into a plain table of text columns, read by the server itself.',
  run,
};
