import { apps, kinds } from './input.ts';
import type { FuzzReport } from './run-fuzz.ts';

const mebibytes = (bytes: number): string => `${(bytes / 1_048_576).toFixed(1)} MiB`;

/** Memory is flat if no more is held at the end than this, beyond what was held when all code was loaded. */
export const permittedGrowth = { heapBytes: 16 * 1_048_576, rssRatio: 1.5 } as const;

/** Apps that still use more of their heap at the end, after a garbage collection, than after the first tenth. */
export const growing = ({ memory }: FuzzReport): readonly string[] =>
  apps.filter((app) => memory[app].end.heapUsed > memory[app].warm.heapUsed + permittedGrowth.heapBytes);

/** Apps whose resident memory is larger. How much of it the system has back is the allocator's and the machine's matter. */
export const growingResident = ({ memory }: FuzzReport): readonly string[] =>
  apps.filter(
    (app) => memory[app].end.rss > memory[app].warm.rss * permittedGrowth.rssRatio + permittedGrowth.heapBytes,
  );

/** The figures for people, a line each. */
export function reportLines(report: FuzzReport): readonly string[] {
  const { seed, inputs, seconds, failures, memory } = report;
  return [
    `${inputs} inputs of seed ${seed} in ${seconds.toFixed(0)} s (${(inputs / seconds).toFixed(0)} a second)`,
    ...kinds.map((kind) => {
      const { inputs: count, answers, longestMs } = report.kinds[kind];
      const byStatus = Object.entries(answers).toSorted(([one], [other]) => one.localeCompare(other));
      return `${kind.padEnd(11)} ${String(count).padStart(6)}  longest ${longestMs.toFixed(0).padStart(5)} ms  ${byStatus.map(([status, times]) => `${status}: ${times}`).join('  ')}`;
    }),
    ...apps.map((app) => {
      const { warm, end } = memory[app];
      return `${app.padEnd(11)} heap ${mebibytes(warm.heapUsed)} → ${mebibytes(end.heapUsed)}, resident ${mebibytes(warm.rss)} → ${mebibytes(end.rss)}`;
    }),
    `${report.lateUnderLoad} answers were late while others were under way`,
    ...failures.slice(0, 20).map(({ number, kind, reason }) => `input ${number} (${kind}): ${reason}`),
    failures.length === 0 ? 'no failure' : `${failures.length} failures`,
  ];
}
