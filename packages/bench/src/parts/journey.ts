import { measureJourney, measureOnNode, type Journey } from '../journey/measure-journey.ts';
import type { JourneyFigures } from '../journey/run-shipments.ts';
import { ourCpuMs, type Cpu } from '../journey/usage.ts';
import { installNode24 } from '../measure/other-node.ts';
import { rangeOf, type Range } from '../measure/statistics.ts';
import { atLeast, atMost, bar, medianOf, number, ranged, rangedOf } from '../report/format.ts';
import { nothingFound, type Chart, type Found, type Table, type Target } from '../report/result.ts';
import { withScratch } from '../stack/scratch.ts';
import type { Backend } from '../stack/stack.ts';
import { hasRedis } from '../stack/stores.ts';
import type { Effort, Part } from './part.ts';

export const nameOf: Readonly<Record<Backend, string>> = { redis: 'queues on Redis', postgres: 'queues on Postgres' };
export const backends: readonly Backend[] = hasRedis ? ['redis', 'postgres'] : ['postgres'];

const quick = { secondsPerRound: 2, mostShipments: 150, warmUp: 15, alone: 5, isProfiled: false };
/** V8 has compiled what repeats after some five hundred: a worker runs for weeks, not for its first minute. */
const thorough = { secondsPerRound: 7, mostShipments: 3_000, warmUp: 250, alone: 20, isProfiled: true };

async function run({ isShort, rounds, onProgress }: Effort): Promise<Found> {
  const journeys: Journey[] = [];
  for (const backend of backends) {
    const options = { backend, rounds, ...(isShort ? quick : thorough), onProgress };
    journeys.push(await withScratch((dir, cleanUps) => measureJourney(dir, cleanUps, options)));
  }
  const on24 = isShort ? [] : await measureOn24({ rounds, ...thorough, onProgress });
  return {
    ...nothingFound,
    tables: [
      summary(journeys),
      cpuTable(journeys),
      ...(on24.length === 0 ? [] : [on24Table(on24)]),
      databaseTable(journeys),
      ...journeys.map(stepTable),
      ...journeys.map(statementTable),
      ...journeys.filter(({ profile }) => profile.length > 0).map(profileTable),
    ],
    charts: journeys.map(chartOf),
    targets: [
      ...journeys.flatMap(targetsOf),
      ...(isShort || !hasRedis
        ? []
        : [
            atMost(`Our CPU for a shipment, ${nameOf.redis}, on Node 24`, medianOf(on24, ours), [
              mostCpuMs.redis,
              'ms',
            ]),
          ]),
    ],
    constants: Object.assign({}, ...journeys.map(constantsOf)),
    notes: hasRedis ? [] : ['Without redis-server or valkey-server on PATH: queues on Postgres alone.'],
  };
}

const rate = ({ perSecond }: { perSecond: number }): number => perSecond;
const committed = ({ commits }: JourneyFigures): number => commits;
const ours = ({ cpu }: JourneyFigures): number => ourCpuMs(cpu);
const toChain = ({ shipments, chains }: Journey): Range =>
  rangeOf(shipments.flatMap((one, round) => one.perSecond / (chains[round]?.perSecond ?? Number.NaN)));

function summary(journeys: readonly Journey[]): Table {
  return {
    title: 'Events to PIN mails',
    columns: [
      '',
      'shipments/s',
      'no-op chains/s',
      'of the chain',
      'our CPU ms',
      'chain CPU ms',
      'alone: p50 ms',
      'p95 ms',
    ],
    rows: journeys.map((journey) => [
      nameOf[journey.backend],
      rangedOf(journey.shipments, rate),
      rangedOf(journey.chains, rate),
      ranged(toChain(journey)),
      rangedOf(journey.shipments, ours),
      rangedOf(journey.chains, ({ cpuMs }) => cpuMs),
      number(journey.aloneMs.p50),
      number(journey.aloneMs.p95),
    ]),
  };
}

const processes = ['receiver', 'worker', 'postgres', 'redis', 'standIns'] as const satisfies readonly (keyof Cpu)[];

function cpuTable(journeys: readonly Journey[]): Table {
  return {
    title: 'CPU for a shipment, ms, and memory',
    columns: ['', 'receiver', 'worker', 'Postgres', 'Redis', '(stand-ins)', 'receiver, most MB', 'worker, most MB'],
    rows: journeys.map(({ backend, shipments, memoryMb }) => [
      nameOf[backend],
      ...processes.map((name) => number(medianOf(shipments, ({ cpu }) => cpu[name]))),
      number(memoryMb.receiver),
      number(memoryMb.worker),
    ]),
  };
}

const on24Table = (rounds: readonly JourneyFigures[]): Table => ({
  title: 'The same with the Node of the container image, 24, queues on Redis',
  columns: ['shipments/s', 'our CPU ms', 'receiver', 'worker', 'Postgres', 'Redis'],
  rows: [
    [
      rangedOf(rounds, rate),
      rangedOf(rounds, ours),
      ...processes.slice(0, 4).map((name) => number(medianOf(rounds, ({ cpu }) => cpu[name]))),
    ],
  ],
});

function databaseTable(journeys: readonly Journey[]): Table {
  return {
    title: 'In Postgres, for a shipment',
    columns: [
      '',
      'commits',
      'transactions',
      'statements',
      'with begin and commit',
      'rows written: ledger',
      'queues',
      'attempts',
      'ended later',
      'turned away',
      'calls at Okta',
      'active → PIN sent, p95 ms',
    ],
    rows: journeys.map(({ backend, shipments, counters, attempts, oktaCalls }) => [
      nameOf[backend],
      number(medianOf(shipments, committed)),
      number(counters.transactions),
      number(counters.statements),
      number(counters.sent),
      number(counters.ledgerRows),
      number(counters.queueRows),
      number(attempts.attempts),
      number(attempts.later),
      number(attempts.turnedAway),
      number(oktaCalls),
      number(attempts.activeToSentMs.p95),
    ]),
  };
}

const stepTable = ({ backend, attempts }: Journey): Table => ({
  title: `Steps, from claim to end, ${nameOf[backend]}`,
  columns: ['step', 'p50 ms', 'p95 ms'],
  rows: attempts.steps.map(({ step, p50, p95 }) => [step, number(p50), number(p95)]),
});

function statementTable({ backend, statements }: Journey): Table {
  const all = statements.reduce((sum, { ms }) => sum + ms, 0);
  return {
    title: `The statements that take most of Postgres' time, ${nameOf[backend]}`,
    columns: ['statement', 'of these', 'calls', 'ms a call'],
    rows: statements.map(({ text, ms, calls }) => [
      `\`${text.replaceAll(/[`|]/g, ' ')}\``,
      `${Math.round((ms / all) * 100)} %`,
      number(calls),
      number(ms / calls),
    ]),
  };
}

const profileTable = ({ backend, profile }: Journey): Table => ({
  title: `Where the worker's CPU time goes, ${nameOf[backend]}`,
  columns: ['package, or function of Node', 'share'],
  rows: [
    ['*all of our own packages*', percent(profile.filter(({ what }) => /^(apps|packages)\//.test(what)))],
    ...profile.slice(0, 15).map((row) => [row.what, percent([row])]),
  ],
});

const percent = (rows: readonly { share: number }[]): string =>
  `${number(rows.reduce((sum, { share }) => sum + share, 0) * 100)} %`;

const chartOf = (journey: Journey): Chart => ({
  name: `journey-${journey.backend}`,
  title: `Shipments, event to PIN mail, ${nameOf[journey.backend]}`,
  unit: 'a second',
  bars: [
    bar('no-op chain', rangeOf(journey.chains.map(rate))),
    bar('shipments', rangeOf(journey.shipments.map(rate)), true),
  ],
});

/** None where that Node cannot be installed, or there is no Redis. */
async function measureOn24(
  options: Omit<Parameters<typeof measureOnNode>[2], 'backend' | 'execPath'>,
): Promise<readonly JourneyFigures[]> {
  const execPath = hasRedis ? await installNode24() : null;
  if (execPath === null) return [];
  return withScratch((dir, cleanUps) => measureOnNode(dir, cleanUps, { ...options, backend: 'redis', execPath }));
}

const mostCpuMs: Readonly<Record<Backend, number>> = { redis: 25, postgres: 45 };

function targetsOf(journey: Journey): Target[] {
  const { backend, counters, attempts, shipments } = journey;
  const on = `, ${nameOf[backend]}`;
  return [
    ...(backend === 'redis'
      ? [
          atMost('Commits for a shipment', medianOf(shipments, committed), [12, '']),
          atMost('Statements for a shipment', counters.statements, [40, '']),
          atLeast('Shipments a second', medianOf(shipments, rate), [100, '/s']),
        ]
      : []),
    atMost(`Our CPU for a shipment${on}`, medianOf(shipments, ours), [mostCpuMs[backend], 'ms']),
    atLeast(`Journey, of the no-op chain${on}`, toChain(journey).median, [0.6, '×']),
    atMost(`Attempts turned away for a shipment${on}`, attempts.turnedAway, [0, '']),
  ];
}

function constantsOf({ backend, shipments, counters, oktaCalls }: Journey): Record<string, number> {
  const each = (name: keyof Cpu): number => medianOf(shipments, ({ cpu }) => cpu[name]);
  return {
    [`${backend}.shipmentsPerSecond`]: medianOf(shipments, rate),
    [`${backend}.workerCpuMs`]: each('worker'),
    [`${backend}.postgresCpuMs`]: each('postgres'),
    [`${backend}.redisCpuMs`]: each('redis'),
    [`${backend}.receiverCpuMs`]: each('receiver'),
    [`${backend}.standInCpuMs`]: each('standIns'),
    [`${backend}.oktaCalls`]: oktaCalls,
    [`${backend}.commits`]: medianOf(shipments, committed),
    [`${backend}.rows`]: counters.ledgerRows + counters.queueRows,
  };
}

export const journey: Part = {
  title: 'Journey',
  about:
    'From an Okta event to the PIN mail that an SMTP server accepts, through all eight steps. Okta, the provider and the mail server are stand-ins in processes of their own, with prepared answers and no latency, so that what is seen is our own cost. Compared with a chain of as many BullMQ jobs through the same queues, each with one transaction that writes one row. Before the first round a worker has processed 500 shipments: in its first ones it mostly compiles its own code. A commit is one of a transaction that wrote something.',
  run,
};
