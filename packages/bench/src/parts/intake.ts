import { BenchError } from '../errors.ts';
import { measureIntake, type IntakeFigures, type IntakeRounds, type ServerName } from '../intake/measure-intake.ts';
import { installNode24 } from '../measure/other-node.ts';
import { rangeOf } from '../measure/statistics.ts';
import { atLeast, atMost, bar, medianOf, number, rangedOf, ranged, ratios } from '../report/format.ts';
import { nothingFound, type Chart, type Found, type Table, type Target } from '../report/result.ts';
import { withScratch } from '../stack/scratch.ts';
import type { Effort, Part } from './part.ts';

const connections = 50;
const names: Readonly<Record<ServerName, string>> = {
  bare: 'Express, stores nothing',
  insert: 'Express, one INSERT a request',
  receiver: 'receiver',
};

async function run({ isShort, rounds, onProgress }: Effort): Promise<Found> {
  const options = {
    rounds,
    seconds: isShort ? 2 : 4,
    connections,
    eventsADelivery: isShort ? [1] : [1, 10, 100],
    onProgress,
  };
  const found = await withScratch((dir, cleanUps) => measureIntake(dir, cleanUps, options));
  refuseFailures(found);
  const one = roundsOf(found, 1);
  return {
    ...nothingFound,
    tables: [...found.keys()].map((events) => tableOf(events, roundsOf(found, events))),
    charts: [chartOf(one)],
    targets: [
      ...targetsOf(found),
      atLeast('Intake of one event on Node 24', isShort ? null : await measureOn24(options), [5_000, 'deliveries/s']),
    ],
    constants: {
      deliveriesPerSecond: medianOf(one.receiver, rate),
      receiverCpuMsPerDelivery: medianOf(one.receiver, ({ serverCpuMs }) => serverCpuMs),
      postgresCpuMsPerDelivery: medianOf(one.receiver, ({ postgresCpuMs }) => postgresCpuMs),
    },
  };
}

const chartOf = (rounds: Rounds): Chart => ({
  name: 'intake',
  title: `Deliveries of one event, ${connections} connections`,
  unit: 'a second',
  bars: (['bare', 'receiver', 'insert'] as const).map((name) =>
    bar(names[name], rangeOf(rounds[name].map(rate)), name === 'receiver'),
  ),
});

function targetsOf(found: IntakeRounds): Target[] {
  const one = roundsOf(found, 1);
  const hundred = roundsOf(found, 100);
  const to = (name: ServerName): number => rangeOf(ratios(one.receiver, one[name], rate)).median;
  return [
    atLeast('Intake of one event, of bare Express', to('bare'), [0.8, '×']),
    atLeast('Intake of one event, of one INSERT a request', to('insert'), [2.5, '×']),
    atMost(
      'Intake of one event, p99',
      medianOf(one.receiver, ({ p99Ms }) => p99Ms),
      [50, 'ms'],
    ),
    atMost('Receiver, most memory', Math.max(...allOf(found).map(({ peakMb }) => peakMb)), [120, 'MB']),
    atLeast(
      'Intake of 100 events a delivery',
      hundred.receiver.length === 0 ? null : medianOf(hundred.receiver, eventRate),
      [25_000, 'events/s'],
    ),
  ];
}

const rate = ({ perSecond }: IntakeFigures): number => perSecond;
const eventRate = ({ perSecond, events }: IntakeFigures): number => perSecond * events;

type Rounds = Readonly<Record<ServerName, readonly IntakeFigures[]>>;

function roundsOf(found: IntakeRounds, events: number): Rounds {
  const of = found.get(events);
  return { bare: of?.get('bare') ?? [], insert: of?.get('insert') ?? [], receiver: of?.get('receiver') ?? [] };
}

const allOf = (found: IntakeRounds): IntakeFigures[] =>
  [...found.keys()].flatMap((events) => roundsOf(found, events).receiver);

/** Those that are refused with 503 are in the table: a busy machine may have some. */
function refuseFailures(found: IntakeRounds): void {
  const unanswered = allOf(found).find(({ answered }) => answered === 0);
  if (unanswered !== undefined) throw new BenchError(`none of ${unanswered.failed} deliveries was accepted`);
}

function tableOf(events: number, rounds: Rounds): Table {
  return {
    title: `${events} event${events === 1 ? '' : 's'} a delivery, ${connections} connections`,
    columns: [
      '',
      'deliveries/s',
      'events/s',
      'p50 ms',
      'p99 ms',
      'of bare Express',
      'refused',
      'CPU ms: server',
      'Postgres',
    ],
    rows: (['bare', 'insert', 'receiver'] as const).map((name) => [
      names[name],
      rangedOf(rounds[name], rate),
      number(medianOf(rounds[name], eventRate)),
      number(medianOf(rounds[name], ({ p50Ms }) => p50Ms)),
      rangedOf(rounds[name], ({ p99Ms }) => p99Ms),
      name === 'bare' ? '1' : ranged(rangeOf(ratios(rounds[name], rounds.bare, rate))),
      number(medianOf(rounds[name], ({ failed }) => failed)),
      number(medianOf(rounds[name], ({ serverCpuMs }) => serverCpuMs)),
      name === 'bare' ? '–' : number(medianOf(rounds[name], ({ postgresCpuMs }) => postgresCpuMs)),
    ]),
  };
}

async function measureOn24(options: Parameters<typeof measureIntake>[2]): Promise<number | null> {
  const execPath = await installNode24();
  if (execPath === null) return null;
  const found = await withScratch((dir, cleanUps) =>
    measureIntake(dir, cleanUps, { ...options, rounds: 1, eventsADelivery: [1], execPath }),
  );
  return medianOf(roundsOf(found, 1).receiver, rate);
}

export const intake: Part = {
  title: 'Intake',
  about:
    'Deliveries of an Okta event hook, durable when they are answered, while no worker runs. The load comes from another process; each of 50 connections sends its next delivery when the last one is answered. Compared with Express 5 that parses the same JSON and stores nothing, and with Express that inserts each delivery as one row.',
  run,
};
