import { readFile, writeFile } from 'node:fs/promises';

import { BenchError } from '../errors.ts';
import { number } from '../report/format.ts';
import { tableText } from '../report/markdown.ts';
import type { PartResult, Table } from '../report/result.ts';
import {
  deploymentFor,
  ofOneTenant,
  onOneMachine,
  onPostgres,
  receiversFor,
  type Constants,
  type Cost,
} from './model.ts';

const begin = '<!-- the model: written by npm run bench -->';
const end = '<!-- end of the model -->';

/** Whether a run of the bench has measured all that the model is made of. */
export function isComplete(results: readonly PartResult[]): boolean {
  try {
    modelTables(Object.assign({}, ...results.map(({ constants }) => constants)), 1);
    return true;
  } catch (error) {
    if (error instanceof BenchError) return false;
    throw error;
  }
}

/** Puts what the model computes from a run of the bench between the marks of docs/capacity.md. */
export async function writeCapacity(path: string, results: readonly PartResult[], cores: number): Promise<void> {
  const text = await readFile(path, 'utf8');
  const [first, last] = [text.indexOf(begin), text.indexOf(end)];
  if (first === -1 || last === -1) throw new BenchError(`${path} has no marks for the model`);
  const tables = modelTables(Object.assign({}, ...results.map(({ constants }) => constants)), cores);
  const model = tables.map(tableText).join('\n\n');
  await writeFile(path, `${text.slice(0, first + begin.length)}\n\n${model}\n\n${text.slice(last)}`);
}

type Measured = Readonly<Record<string, number>>;

/** @throws BenchError where the bench did not measure it */
function read(measured: Measured, name: string): number {
  const value = measured[name];
  if (value === undefined || !Number.isFinite(value)) throw new BenchError(`the bench has no constant ${name}`);
  return value;
}

function constantsOf(measured: Measured, backend: 'redis' | 'postgres'): Constants {
  const of = (name: string): number => read(measured, `${backend}.${name}`);
  return {
    cost: {
      workerMs: of('workerCpuMs'),
      postgresMs: of('postgresCpuMs'),
      redisMs: of('redisCpuMs'),
      receiverMs: of('receiverCpuMs'),
      otherMs: of('standInCpuMs'),
    },
    commits: of('commits'),
    rowsWritten: of('rows'),
    oktaCalls: of('oktaCalls'),
    diskKb: read(measured, 'diskKbPerShipment'),
    growth: read(measured, 'costGrowth'),
  };
}

export function modelTables(measured: Measured, cores: number): Table[] {
  const redis = constantsOf(measured, 'redis.workerCpuMs' in measured ? 'redis' : 'postgres');
  const postgres = constantsOf(measured, 'postgres');
  return [
    constantTable(redis, postgres),
    checkTable(measured, cores),
    postgresTable(redis, postgres),
    deploymentTable(redis),
    intakeTable(measured),
    tenantTable(redis),
  ];
}

const constantTable = (redis: Constants, postgres: Constants): Table => ({
  title: 'What is measured, for a shipment',
  columns: [
    '',
    'worker ms',
    'Postgres ms',
    'Redis ms',
    'receiver ms',
    'commits',
    'rows written',
    'calls at Okta',
    'disk KB',
    'cost with a million behind',
  ],
  rows: (
    [
      ['queues on Redis', redis],
      ['queues on Postgres', postgres],
    ] as const
  ).map(([name, { cost, commits, rowsWritten, oktaCalls, diskKb, growth }]) => [
    name,
    ...[cost.workerMs, cost.postgresMs, cost.redisMs, cost.receiverMs, commits, rowsWritten, oktaCalls, diskKb].map(
      number,
    ),
    `${number(growth)} ×`,
  ]),
});

/** The model is fed with the cost of one worker, and compared with the runs of several. */
function checkTable(measured: Measured, cores: number): Table {
  const of = (name: string): number => read(measured, `workers1.${name}`);
  const cost: Cost = {
    workerMs: of('workerCpuMs'),
    postgresMs: of('postgresCpuMs'),
    redisMs: of('redisCpuMs'),
    receiverMs: 0,
    otherMs: of('otherCpuMs'),
  };
  return {
    title: `The model and the bench, everything on ${cores} cores`,
    columns: ['worker processes', 'model, shipments/s', 'measured, shipments/s', 'measured of the model'],
    rows: [1, 2, 4].map((workers) => {
      const predicted = onOneMachine(cost, { cores, workers });
      const seen = read(measured, `workers${workers}.shipmentsPerSecond`);
      return [number(workers), number(predicted), number(seen), number(seen / predicted)];
    }),
  };
}

const postgresTable = (redis: Constants, postgres: Constants): Table => ({
  title: 'One Postgres server, a million shipments behind, at 60 % of its cores: shipments a second',
  columns: ['cores', 'queues on Redis', 'queues on Postgres'],
  rows: [2, 4, 8, 16, 32, 64].map((count) => [
    number(count),
    number(onPostgres(redis, count)),
    number(onPostgres(postgres, count)),
  ]),
});

const deploymentTable = (constants: Constants): Table => ({
  title: 'Deployments, queues on Redis',
  columns: [
    'shipments a day',
    'at the peak, /s',
    'Postgres cores',
    'workers',
    "of Redis' thread",
    'commits/s',
    'rows written a day',
    'disk GB a year',
  ],
  rows: [1_000, 10_000, 100_000, 1_000_000, 10_000_000].map((perDay) => {
    const needed = deploymentFor(constants, perDay);
    return [
      number(perDay),
      number(needed.perSecond),
      number(needed.postgresCores),
      number(needed.workers),
      `${number(needed.redisShare * 100)} %`,
      number(needed.commitsPerSecond),
      number(needed.rowsPerDay),
      number(needed.diskGbPerYear),
    ];
  }),
});

/** Most events ask for nothing: they cost their delivery, and a look. */
function intakeTable(measured: Measured): Table {
  const cost = {
    receiverMs: read(measured, 'receiverCpuMsPerDelivery'),
    postgresMs: read(measured, 'postgresCpuMsPerDelivery'),
  };
  return {
    title: 'Deliveries of one event each, under load, so that they are committed in groups',
    columns: ['deliveries/s', 'receivers', 'Postgres cores'],
    rows: [100, 1_000, 10_000, 50_000].map((perSecond) => {
      const { receivers, postgresCores } = receiversFor(cost, perSecond);
      return [number(perSecond), number(receivers), number(postgresCores)];
    }),
  };
}

const tenantTable = (constants: Constants): Table => ({
  title: "One tenant, by its org's rate limit",
  columns: ['calls a minute', 'shipments an hour with half of them', 'with all of them'],
  rows: [600, 1_200, 6_000].map((limitPerMinute) => [
    number(limitPerMinute),
    number(ofOneTenant(constants, { limitPerMinute, share: 0.5 })),
    number(ofOneTenant(constants, { limitPerMinute, share: 1 })),
  ]),
});
