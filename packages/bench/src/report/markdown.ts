import type { Machine } from '../measure/machine.ts';
import { isMet, number } from './format.ts';
import type { PartResult, Table, Target } from './result.ts';

export function tableText({ title, columns, rows }: Table): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  const rule = `|---|${columns
    .slice(1)
    .map(() => '--:|')
    .join('')}`;
  return [`**${title}**`, '', line(columns), rule, ...rows.map(line)].join('\n');
}

const verdicts = new Map([
  [true, 'met'],
  [false, '**not met**'],
  [null, 'not measured'],
]);

function targetLine(target: Target): string {
  const { what, value, limit, direction, unit } = target;
  const withUnit = (amount: number): string => `${number(amount)}${unit === '' ? '' : ` ${unit}`}`;
  const share = value === null || limit === 0 ? '–' : `${number(value / limit)} ×`;
  const cells = [
    what,
    value === null ? '–' : withUnit(value),
    `${direction} ${withUnit(limit)}`,
    share,
    verdicts.get(isMet(target)) ?? '',
  ];
  return `| ${cells.join(' | ')} |`;
}

const targetTable = (targets: readonly Target[]): string =>
  ['| target | measured | limit | of the limit | |', '|---|--:|--:|--:|---|', ...targets.map(targetLine)].join('\n');

/** The tables and targets of a part, for a terminal. */
export const tablesOf = ({ title, seconds, tables, targets, notes }: PartResult): string =>
  [`## ${title} (${seconds} s)`, ...tables.map(tableText), targetTable(targets), ...notes].join('\n\n');

const partText = ({ title, about, tables, charts, targets, notes, failure }: PartResult): string =>
  [
    `## ${title}`,
    about,
    ...(failure === null
      ? []
      : [
          `**Its last run failed**${targets.length > 0 ? ', and what stands here is of an earlier one' : ''}: ${failure}`,
        ]),
    ...charts.map((chart) => `![${chart.title}, ${chart.unit}](images/bench/${chart.name}.svg)`),
    ...tables.map(tableText),
    ...notes,
  ].join('\n\n');

function originOf(results: readonly PartResult[]): string {
  const failed = results.filter(({ failure }) => failure !== null).map(({ title }) => title);
  const failures = failed.length === 0 ? '' : ` **Failed: ${failed.join(', ')}.**`;
  return `${runsOf(results)}${failures}`;
}

function runsOf(results: readonly PartResult[]): string {
  const seconds = results.reduce((sum, one) => sum + one.seconds, 0);
  const runs = [...new Set(results.map(({ ranAt }) => ranAt))];
  if (runs.length === 1)
    return `\`npm run bench\` measured all of this in one run of ${Math.round(seconds / 60)} minutes.`;
  const when = results.map(({ title, ranAt }) => `${title} ${ranAt.replace('T', ' ')}`).join(', ');
  return `\`npm run bench\` measured this in ${runs.length} runs (UTC): ${when}.`;
}

export function reportOf(results: readonly PartResult[], machine: Machine): string {
  return `${[
    '# Benchmarks',
    `<!-- Written by \`npm run bench\`: change packages/bench, not this file. -->`,
    `${originOf(results)} Every figure is the median of its rounds, with the lowest and the highest in brackets; what is compared runs in the same rounds, in alternating order. Load comes from another process on loopback. Postgres waits for its disk at every commit, and Redis appends to a file that is written each second.`,
    `| | |\n|---|---|\n${Object.entries({
      processor: `${machine.processor}, ${machine.cores} cores`,
      memory: `${machine.memoryGb} GB`,
      system: machine.system,
      Node: machine.node,
      Postgres: machine.postgres,
      Redis: machine.redis,
    })
      .map(([name, value]) => `| ${name} | ${value} |`)
      .join('\n')}`,
    '**To repeat it**: `npm run bench` on an idle machine (Linux, with `redis-server` or `valkey-server` on PATH), `npm run bench -- intake journey` for some parts without the report, `npm run bench -- --short` for the form that CI runs.',
    '## What must hold',
    targetTable(results.flatMap(({ targets }) => targets)),
    ...results.map(partText),
  ].join('\n\n')}\n`;
}
