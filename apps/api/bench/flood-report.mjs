/** What flood.mjs prints of what it measured. */

/** Once the rounds of a flood are over. */
export function report({ name, quiet, flooded, answers }) {
  const [before, during] = [quiet, flooded].map((measured) => pool(measured.map(({ figures }) => figures)));
  const times = Object.keys(during).map((call) => {
    const [p99, quietP99] = [during, before].map((one) => quantile(one[call].sorted, 0.99));
    const { refused } = during[call];
    return `${call} ${(p99 / quietP99).toFixed(2)} x (p99 ${p99.toFixed(0)} / ${quietP99.toFixed(0)} ms, p50 ${quantile(during[call].sorted, 0.5).toFixed(0)} / ${quantile(before[call].sorted, 0.5).toFixed(0)})${refused === 0 ? '' : ` ${refused} REFUSED`}`;
  });
  const cpu = Object.keys(flooded[0].cpu).map((process) => {
    const [of, ofQuiet] = [flooded, quiet].map((measured) => mean(measured.map((one) => one.cpu[process])));
    return `${process} ${of.toFixed(2)} / ${ofQuiet.toFixed(2)}`;
  });
  const statuses = {};
  for (const answer of answers)
    for (const [status, count] of Object.entries(answer.statuses)) statuses[status] = (statuses[status] ?? 0) + count;
  const generator = mean(answers.map(({ cpuShare }) => cpuShare)).toFixed(2);
  console.log(`${name.padEnd(26)} ${times.join(' · ')}`);
  console.log(
    `${''.padEnd(26)} ${during.read.sorted.length} samples of each · cpu ${cpu.join(', ')}, generator ${generator} · answers ${JSON.stringify(statuses)}`,
  );
}

/** Once all floods are over, as docs/limits.md has it. */
export function printTable(rows) {
  const figuresOf = (measured) => measured.map(({ figures }) => figures);
  const quiet = rows.flatMap((row) => figuresOf(row.quiet));
  const calls = Object.keys(quiet[0]);
  console.log(`\n| flood | reads | requests | deliveries |\n|---|--:|--:|--:|`);
  for (const { name, flooded } of rows) {
    const cells = calls.map((call) => {
      const { multiple, low, high } = multipleOf(call, figuresOf(flooded), quiet);
      return `${multiple.toFixed(1)} (${low.toFixed(1)} to ${high.toFixed(1)}; ${p99Of(call, figuresOf(flooded)).toFixed(0)})`;
    });
    console.log(`| ${name} | ${cells.join(' | ')} |`);
  }
  const p99s = calls.map((call) => `${p99Of(call, quiet).toFixed(1)} (${spreadOf(call, rows, figuresOf)})`);
  console.log(`| no flood: p99 in ms, of a row at least and at most | ${p99s.join(' | ')} |`);
}

function spreadOf(call, rows, figuresOf) {
  const p99s = rows.map((row) => p99Of(call, figuresOf(row.quiet)));
  return `${Math.min(...p99s).toFixed(1)} to ${Math.max(...p99s).toFixed(1)}`;
}

function mean(numbers) {
  return numbers.reduce((sum, one) => sum + one, 0) / numbers.length;
}

/** Of several measurements, the samples together. */
function pool(measurements) {
  const names = Object.keys(measurements[0]);
  return Object.fromEntries(
    names.map((name) => {
      const samples = measurements.flatMap((one) => one[name].samples.map(({ tookMs }) => tookMs));
      return [
        name,
        {
          sorted: samples.toSorted((one, other) => one - other),
          refused: measurements.reduce((sum, one) => sum + one[name].refused, 0),
        },
      ];
    }),
  );
}

const quantile = (sorted, share) => sorted[Math.floor(sorted.length * share)] ?? Number.NaN;

const sortedTimesOf = (call, measurements) =>
  Float64Array.from(measurements.flatMap((one) => one[call].samples.map(({ tookMs }) => tookMs))).sort();

/** Of one call, in milliseconds, of all rounds together. */
const p99Of = (call, measurements) => quantile(sortedTimesOf(call, measurements), 0.99);

/**
 * The p99 in the flooded rounds as a multiple of that in the quiet ones. Slow answers come in bursts, so the samples of a round
 * are not independent, but rounds are: `low` and `high` are the 5 % and 95 % quantiles of the multiples of as many rounds, drawn from
 * those that were measured (bootstrap of clusters).
 */
function multipleOf(call, flooded, quiet) {
  const draw = (from) => from.map(() => from[Math.floor(Math.random() * from.length)]);
  const drawn = Array.from({ length: 1_000 }, () => p99Of(call, draw(flooded)) / p99Of(call, draw(quiet))).sort(
    (one, other) => one - other,
  );
  return {
    multiple: p99Of(call, flooded) / p99Of(call, quiet),
    low: quantile(drawn, 0.05),
    high: quantile(drawn, 0.95),
  };
}
