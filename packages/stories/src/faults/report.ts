import type { FaultReport } from './run-faults.ts';

/** The last key must be done so soon after the last fault. */
export const lastKeyWithinSeconds = 60;

/** What is wrong with a run; empty where nothing is. How long the last key may take depends on the machine: null is no limit. */
export function problemsOf(
  report: FaultReport,
  withinSeconds: number | null = lastKeyWithinSeconds,
): readonly string[] {
  const { lost, doubled, faults, lastKeySeconds, leftovers, memberships } = report;
  // Without faults, the work itself takes its time.
  const limit = faults === 0 ? Number.POSITIVE_INFINITY : (withinSeconds ?? Number.POSITIVE_INFINITY);
  const isLate = lastKeySeconds === null || lastKeySeconds > limit;
  return [
    ...(lost > 0 ? [`${lost} people have no key`] : []),
    ...(doubled > 0 ? [`${doubled} people have something twice`] : []),
    ...(memberships > 0 ? [`${memberships} memberships in the hub are wrong`] : []),
    ...(isLate ? [`the last key needed ${lastKeySeconds?.toFixed(0) ?? 'too many'} s`] : []),
    ...(leftovers.orders > 0 ? [`${leftovers.orders} orders are no shipment's`] : []),
    ...(leftovers.events > 0 ? [`${leftovers.events} events are not processed`] : []),
    ...(leftovers.steps > 0 ? [`${leftovers.steps} steps are left`] : []),
  ];
}

const header = [
  'backend',
  'seed',
  'keys',
  'faults',
  'faults took',
  'waiting then',
  'last key after',
  'longest idle',
  'lost',
  'doubled',
  'held',
  'refused',
  '',
];

/** A line for each run, in columns. */
export function tableOf(reports: readonly FaultReport[]): string {
  const rows = [header, ...reports.map(rowOf)];
  const widths = header.map((_name, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

const rowOf = (report: FaultReport): string[] => {
  const { backend, seed, keys, faults, faultSeconds, waiting, lastKeySeconds, idleSeconds } = report;
  const last = lastKeySeconds === null ? 'not yet' : `${lastKeySeconds.toFixed(1)} s`;
  const figures = [seed, keys, faults].map(String);
  return [
    backend,
    ...figures,
    `${faultSeconds.toFixed(0)} s`,
    String(waiting),
    last,
    `${idleSeconds.toFixed(1)} s`,
    ...[report.lost, report.doubled, report.held, report.refused].map(String),
    problemsOf(report).join(', ') || 'ok',
  ];
};
