import type { Service } from '@keycourier/journey/ports/errors';
import { sql, type Kysely } from 'kysely';
import { z } from 'zod';

import type { Tables } from '../tables.ts';
import { countedAtMost } from './held-causes.ts';

/** What stops a service for a tenant, worst first. */
export type HealthProblem =
  /** It refuses the credentials: the tenant is paused. */
  | 'credentials_refused'
  | 'unavailable'
  /** The System Log cannot be read, or the stock. */
  | 'unread'
  /** Its rate limit is used up. */
  | 'rate_limited';

export interface ServiceHealth {
  service: Service;
  problem: HealthProblem | null;
  /** A reason's code, as `describeCatchUpProblem` and the tenant's pause have it. */
  reason: string | null;
  since: Date | null;
  /** When it last answered, or was read, with success, to the minute; null until then. */
  lastSuccess: Date | null;
  /** When it is tried or read next, as far as that is decided. */
  nextLook: Date | null;
  pausedUntil: Date | null;
}

/** Messages of one step that are due and not yet in their queue. */
export interface QueueHealth {
  step: string;
  /** Up to `countedAtMost`. */
  waiting: number;
  oldestDue: Date | null;
}

export interface Health {
  services: readonly ServiceHealth[];
  queues: readonly QueueHealth[];
}

const services: readonly Service[] = ['okta', 'fulfillment', 'hris', 'mail'];

/** How a tenant's services and queues are, by what the workers have recorded; no service is called. */
export async function readHealth(db: Kysely<Tables>, tenant: string, now: Date): Promise<Health> {
  const [facts, queues] = await Promise.all([readFacts(db, tenant), readQueues(db, tenant)]);
  return { services: services.map((service) => healthOf(service, facts, now)), queues };
}

const time = z.coerce.date().nullable();
const factsSchema = z.object({
  pause: z.object({ service: z.string().nullable(), until: time, reason: z.string().nullable() }).nullable(),
  log: z
    .object({ polledAt: time, dueAt: time, blockedUntil: time, problem: z.string().nullable(), since: time })
    .nullable(),
  stock: z.object({ readAt: time, dueAt: time, problem: z.string().nullable() }).nullable(),
  outages: z.array(z.object({ service: z.string(), since: time, probeAt: time })),
  answers: z.array(z.object({ service: z.string(), at: time })),
  budgets: z.array(z.object({ service: z.string(), remaining: z.number(), resetsAt: time })),
});

type Facts = z.infer<typeof factsSchema>;

/** One row of each, by its primary key: the tables have a row for a tenant, or some. */
async function readFacts(db: Kysely<Tables>, tenant: string): Promise<Facts> {
  const { rows } = await sql`select
    (select json_build_object('service', pause_service, 'until', paused_until, 'reason', pause_reason)
      from tenants where name = ${tenant}) as pause,
    (select json_build_object('polledAt', polled_at, 'dueAt', due_at, 'blockedUntil', blocked_until, 'problem', problem,
      'since', problem_since) from catch_up where tenant = ${tenant}) as log,
    (select json_build_object('readAt', read_at, 'dueAt', due_at, 'problem', problem)
      from stock_reads where tenant = ${tenant}) as stock,
    coalesce((select json_agg(json_build_object('service', service, 'since', since, 'probeAt', probe_at))
      from outages where tenant = ${tenant}), '[]') as outages,
    coalesce((select json_agg(json_build_object('service', service, 'at', answered_at))
      from service_answers where tenant = ${tenant}), '[]') as answers,
    coalesce((select json_agg(json_build_object('service', service, 'remaining', remaining, 'resetsAt', resets_at))
      from call_budgets where tenant = ${tenant}), '[]') as budgets`.execute(db);
  return factsSchema.parse(rows[0]);
}

function healthOf(service: Service, facts: Facts, now: Date): ServiceHealth {
  const look = lookOf(service, facts);
  const pausedUntil = facts.pause?.until ?? null;
  const isPaused = pausedUntil !== null && pausedUntil > now && facts.pause?.service === service;
  const outage = facts.outages.find((one) => one.service === service);
  const limit = facts.budgets.find(
    (one) => one.service === service && one.remaining <= 0 && one.resetsAt !== null && one.resetsAt > now,
  );
  const answeredAt = facts.answers.find((one) => one.service === service)?.at ?? null;
  const base = {
    service,
    lastSuccess: later(look.lastSuccess, answeredAt),
    pausedUntil: isPaused ? pausedUntil : null,
  };
  const nextLook = outage?.probeAt ?? look.nextLook;
  const since = outage?.since ?? null;
  if (isPaused)
    return { ...base, problem: 'credentials_refused', reason: facts.pause?.reason ?? null, since, nextLook };
  if (outage !== undefined) return { ...base, problem: 'unavailable', reason: null, since, nextLook };
  if (look.problem !== null)
    return { ...base, problem: 'unread', reason: look.problem, since: look.since, nextLook: look.nextLook };
  if (limit !== undefined)
    return { ...base, problem: 'rate_limited', reason: null, since: null, nextLook: limit.resetsAt };
  return { ...base, problem: null, reason: null, since: null, nextLook };
}

const later = (one: Date | null, other: Date | null): Date | null =>
  one === null || (other !== null && other > one) ? other : one;

interface Look {
  lastSuccess: Date | null;
  nextLook: Date | null;
  problem: string | null;
  since: Date | null;
}

const notRead: Look = { lastSuccess: null, nextLook: null, problem: null, since: null };

/** What is read regularly, whether or not a step calls the service: Okta's log, and the provider's stock. */
function lookOf(service: Service, { log, stock }: Facts): Look {
  if (service === 'okta' && log !== null) {
    const { polledAt, dueAt, blockedUntil, problem, since } = log;
    const nextLook = blockedUntil !== null && dueAt !== null && blockedUntil > dueAt ? blockedUntil : dueAt;
    return { lastSuccess: polledAt, nextLook, problem, since };
  }
  if (service === 'fulfillment' && stock !== null)
    return {
      lastSuccess: stock.readAt,
      nextLook: stock.dueAt,
      // An account that may not read it is as well as others.
      problem: stock.problem === 'not_offered' ? null : stock.problem,
      since: null,
    };
  return notRead;
}

const queueSchema = z.object({ step: z.string(), waiting: z.number(), oldestDue: z.date().nullable() });

/** The tenant's steps by a search for the next one, and of each what is due, up to a limit. @param tenant or its hub */
export async function readQueues(db: Kysely<Tables>, tenant: string): Promise<readonly QueueHealth[]> {
  const isUnpublished = sql`tenant = ${tenant} and published_at is null`;
  const { rows } = await sql`
    with recursive steps as (
      (select step from outbox where ${isUnpublished} order by step limit 1)
      union all
      select (select step from outbox where ${isUnpublished} and step > steps.step order by step limit 1)
      from steps where step is not null
    )
    select step, waiting, "oldestDue" from steps, lateral (
      select count(*)::float8 as waiting, min(due_at) as "oldestDue" from (
        select due_at from outbox where ${isUnpublished} and outbox.step = steps.step and due_at <= statement_timestamp()
        limit ${countedAtMost}) as due
    ) as counted where step is not null and waiting > 0 order by step`.execute(db);
  return z.array(queueSchema).parse(rows);
}
