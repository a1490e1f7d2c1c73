/**
 * What a shipment's journey is compared with, in a process of its own: as many jobs through the same queues of BullMQ, each
 * with one transaction that writes one row, and nothing else. A job's transaction commits before the next job is added.
 */
import { setTimeout as sleep } from 'node:timers/promises';

import { queueNames, type QueueName } from '@keycourier/journey/steps/steps';
import { connectBackend } from '@keycourier/queues/backend';
import pg from 'pg';
import { z } from 'zod';

import { answerRequests } from '../measure/answer-requests.ts';

/** The queues of the steps of a journey, in their order: accept-event, check-profile, … send-pin. */
const route: readonly QueueName[] = [
  'intake',
  'shipments',
  'fulfillment',
  'fulfillment',
  'fulfillment',
  'activation',
  'pin-delivery',
  'pin-delivery',
];
const concurrency = 16;

const environment = z.object({ DATABASE_URL: z.string(), REDIS_URL: z.string().optional() }).parse(process.env);
const pool = new pg.Pool({ connectionString: environment.DATABASE_URL, max: 20 });
await pool.query(
  'create table if not exists chains (id text primary key, step int not null, at timestamptz not null default now())',
);
const fail = (error: unknown): void => void process.stderr.write(`${String(error)}\n`);
const backend = await connectBackend({ redisUrl: environment.REDIS_URL, databaseUrl: environment.DATABASE_URL }, fail);
const queues = new Map(queueNames.map((name) => [name, backend.queue(name)]));

let ended = 0;
let onEnded = (): void => undefined;

async function recordStep(id: string, step: number): Promise<void> {
  const client = await pool.connect();
  try {
    await client.query('begin');
    await client.query('insert into chains values ($1, $2) on conflict (id) do update set step = $2', [id, step]);
    await client.query('commit');
  } finally {
    client.release();
  }
}

const jobOf = (subjectId: string, step: number): { name: string; id: string; data: Data; priority: number } => ({
  name: `step-${step}`,
  id: `${subjectId}.${step}`,
  data: { subjectId, dispatchId: String(step) },
  priority: 0,
});

interface Data {
  subjectId: string;
  dispatchId: string | null;
}

async function addAll(subjects: readonly string[], step: number): Promise<void> {
  const queue = queues.get(route[step] ?? 'intake');
  await queue?.add(subjects.map((subjectId) => jobOf(subjectId, step)));
}

async function runJob({ subjectId, dispatchId }: Data): Promise<void> {
  const step = Number(dispatchId);
  await recordStep(subjectId, step);
  if (step + 1 < route.length) return addAll([subjectId], step + 1);
  ended += 1;
  onEnded();
}

/** Of a job that only shows how fast a handler begins: when it was added. */
const addedAt = new Map<string, number>();
const pickedUpMs: number[] = [];

for (const name of new Set(route))
  backend.worker(name, concurrency, async ({ data }) => {
    const at = addedAt.get(data.subjectId);
    if (at === undefined) return runJob(data);
    pickedUpMs.push(performance.now() - at);
    addedAt.delete(data.subjectId);
  });

async function runChains(round: string, chains: number): Promise<number> {
  ended = 0;
  const startedAt = performance.now();
  const all = new Promise<void>((resolve) => {
    onEnded = () => {
      if (ended >= chains) resolve();
    };
  });
  const subjects = Array.from({ length: chains }, (_, index) => `${round}-${index}`);
  await addAll(subjects, 0);
  await all;
  return (performance.now() - startedAt) / 1_000;
}

/** Adds jobs one by one. @returns for each, the time from add() to its handler */
async function pickUp({ round, pickups, everyMs }: z.infer<typeof pickupRequest>): Promise<number[]> {
  for (let index = 0; index < pickups; index += 1) {
    const subject = `pickup-${round}-${index}`;
    addedAt.set(subject, performance.now());
    await addAll([subject], 0);
    await sleep(everyMs);
  }
  while (addedAt.size > 0) await sleep(10);
  return pickedUpMs.splice(0);
}

const pickupRequest = z.strictObject({ round: z.string(), pickups: z.int(), everyMs: z.number() });
const request = z.union([z.strictObject({ round: z.string(), chains: z.int() }), pickupRequest]);

/** Runs so many chains and answers with the seconds that they took together, or measures how fast jobs are picked up. */
answerRequests(null, async (received) => {
  const wanted = request.parse(received);
  return 'chains' in wanted ? runChains(wanted.round, wanted.chains) : pickUp(wanted);
});
