import { hubNameOf } from '@keycourier/journey/ports/hub';
import { callsOf } from '@keycourier/journey/steps/calls';
import { sql, type RawBuilder } from 'kysely';

import type { Ledger, Tx } from '../connect-ledger.ts';
import { creditOf, isAmple, isOfBatch, type Budget, type Credit } from './pace.ts';

/** A limit of a service for a tenant. */
export interface LimitKey {
  tenant: string;
  service: string;
  rateLimit: string;
}

export type TenantBudget = Budget & { tenant: string };

/** The budgets of these tenants, locked: what is granted from them is granted by one at a time. */
export const selectBudgets = (tenants: readonly string[] | RawBuilder<unknown>): RawBuilder<TenantBudget> => sql`
  select tenant, service, rate_limit as "rateLimit", calls, window_ms as "windowMs", remaining, credit,
    batch_credit as "batchCredit", (extract(epoch from resets_at - statement_timestamp()) * 1000)::float8 as "resetsInMs",
    (extract(epoch from statement_timestamp() - credited_at) * 1000)::float8 as "creditedMsAgo"
  from call_budgets where tenant = any(${tenants}::text[]) order by tenant, service, rate_limit for update`;

/** Whose limits a tenant's steps count in: those of its org, and of its hub where its keys are there. */
export const orgsOf = (ledger: Pick<Ledger, 'areKeysInHub'>, tenant: string): readonly string[] =>
  ledger.areKeysInHub(tenant) ? [tenant, hubNameOf(tenant)] : [tenant];

/** Whether the calls of a tenant's step count in a budget: in one of the hub, only those of a step that calls it. */
export const isCountedIn = (
  { tenant, step }: { tenant: string; step: string },
  budget: Pick<LimitKey, 'tenant'>,
): boolean =>
  budget.tenant === tenant || (budget.tenant === hubNameOf(tenant) && callsOf(step).services.includes('hub'));

interface Started {
  tenant: string;
  step: string;
  priority: number;
}

/** The calls that steps usually make in one limit: all, and those of batches and dry runs. */
export function usualCalls(started: readonly Pick<Started, 'step' | 'priority'>[], rateLimit: string): Credit {
  const usual = { all: 0, batch: 0 };
  for (const { step, priority } of started) {
    const calls = callsOf(step).okta.find(({ limit }) => limit === rateLimit)?.calls ?? 0;
    usual.all += calls;
    if (isOfBatch(priority)) usual.batch += calls;
  }
  return usual;
}

/** Calls of steps that were started without being charged, since more than enough is left. */
export interface Uncharged extends LimitKey {
  calls: Credit;
}

/**
 * Takes the calls that these steps usually make from the budgets that readBudgets() has locked; of a budget that is ample,
 * the caller records them later, with others.
 * @returns the budgets afterwards, and what is to be recorded
 */
export async function chargeBudgets(
  ledger: Ledger,
  tx: Tx,
  { budgets, started }: { budgets: readonly TenantBudget[]; started: readonly Started[] },
): Promise<{ budgets: readonly TenantBudget[]; uncharged: readonly Uncharged[] }> {
  const due = budgets.flatMap((before) => {
    const calls = usualCalls(
      started.filter((one) => isCountedIn(one, before)),
      before.rateLimit,
    );
    const share = ledger.rateLimitShare(before.tenant);
    return calls.all === 0 ? [] : [{ before, calls, after: charge(before, calls, share), share }];
  });
  const charged = due.filter(({ after, share }) => !isAmple(after, share));
  if (charged.length > 0) await writeCharged(tx, charged);
  return {
    budgets: budgets.map((budget) => charged.find(({ before }) => before === budget)?.after ?? budget),
    uncharged: due.filter((one) => !charged.includes(one)).map(({ before, calls }) => ({ ...keyOf(before), calls })),
  };
}

async function writeCharged(tx: Tx, charged: readonly { before: TenantBudget; after: TenantBudget }[]): Promise<void> {
  await sql`
    update call_budgets set credit = charged.credit, batch_credit = charged.batch_credit,
      credited_at = credited_at + ms * interval '1 ms'
    from unnest(${charged.map(({ after }) => after.tenant)}::text[], ${charged.map(({ after }) => after.rateLimit)}::text[],
      ${charged.map(({ after }) => after.credit)}::float8[], ${charged.map(({ after }) => after.batchCredit)}::float8[],
      ${charged.map(({ before }) => before.creditedMsAgo)}::float8[])
      as charged (tenant, rate_limit, credit, batch_credit, ms)
    where call_budgets.tenant = charged.tenant and call_budgets.rate_limit = charged.rate_limit and service = 'okta'`.execute(
    tx,
  );
}

function charge(budget: TenantBudget, calls: Credit, share: number): TenantBudget {
  const credit = creditOf(budget, share);
  return { ...budget, credit: credit.all - calls.all, batchCredit: credit.batch - calls.batch, creditedMsAgo: 0 };
}

/** What a worker found out about a limit since it last recorded something. */
export interface LimitNews extends LimitKey {
  /** By the latest answer; null where none said anything new. */
  answer: { calls: number; windowMs: number; remaining: number; resetsInMs: number } | null;
  /** Calls made beyond those that were taken when the steps started; below zero where fewer were made. */
  uncharged: Credit;
}

/** @returns the budgets as they are now */
export async function recordLimits(ledger: Ledger, news: readonly LimitNews[]): Promise<readonly TenantBudget[]> {
  if (news.length === 0) return [];
  return ledger.db.transaction().execute(async (tx) => {
    const budgets = selectBudgets([...new Set(news.map(({ tenant }) => tenant))]);
    // Locked before the two statements below, each of which writes some of them: a relay locks them all in this order.
    await budgets.execute(tx);
    await recordAnswers(ledger, tx, news);
    await recordUncharged(tx, news);
    return (await budgets.execute(tx)).rows;
  });
}

/** Of one window the least that is left counts: answers may be recorded in another order than they came. */
async function recordAnswers(ledger: Ledger, tx: Tx, news: readonly LimitNews[]): Promise<void> {
  const known = inOrder(news).flatMap(({ answer, ...limit }) => (answer === null ? [] : [{ ...limit, ...answer }]));
  if (known.length === 0) return;
  const full = known.map((limit) => creditOf(aFull(limit), ledger.rateLimitShare(limit.tenant)));
  await sql`
    insert into call_budgets as known (tenant, service, rate_limit, calls, window_ms, remaining, resets_at, credit, batch_credit)
    select tenant, service, rate_limit, calls, window_ms, remaining, statement_timestamp() + ms * interval '1 ms', credit, batch_credit
    from unnest(${known.map(({ tenant }) => tenant)}::text[], ${known.map(({ service }) => service)}::text[],
      ${known.map(({ rateLimit }) => rateLimit)}::text[], ${known.map(({ calls }) => calls)}::integer[],
      ${known.map(({ windowMs }) => windowMs)}::integer[], ${known.map(({ remaining }) => remaining)}::integer[],
      ${known.map(({ resetsInMs }) => resetsInMs)}::float8[], ${full.map(({ all }) => all)}::float8[],
      ${full.map(({ batch }) => batch)}::float8[])
      as news (tenant, service, rate_limit, calls, window_ms, remaining, ms, credit, batch_credit)
    on conflict (tenant, service, rate_limit) do update set calls = excluded.calls, window_ms = excluded.window_ms,
      resets_at = excluded.resets_at,
      remaining = case when excluded.resets_at < known.resets_at + interval '2 s'
        then least(known.remaining, excluded.remaining) else excluded.remaining end
    where excluded.resets_at > known.resets_at - interval '2 s'`.execute(tx);
}

/** Two processes that record several limits lock them in the same order. */
const inOrder = (news: readonly LimitNews[]): readonly LimitNews[] =>
  news.toSorted((one, other) => (nameOf(one) < nameOf(other) ? -1 : 1));

export const keyOf = ({ tenant, service, rateLimit }: LimitKey): LimitKey => ({ tenant, service, rateLimit });

export const nameOf = ({ tenant, service, rateLimit }: LimitKey): string => `${tenant} ${service} ${rateLimit}`;

/** Of a limit without a call for long. */
const aFull = ({ calls, windowMs }: Pick<Budget, 'calls' | 'windowMs'>): Budget => ({
  service: '',
  rateLimit: '',
  calls,
  windowMs,
  remaining: calls,
  resetsInMs: 0,
  credit: 0,
  batchCredit: 0,
  creditedMsAgo: windowMs,
});

async function recordUncharged(tx: Tx, news: readonly LimitNews[]): Promise<void> {
  const open = inOrder(news).filter(({ uncharged }) => uncharged.all !== 0 || uncharged.batch !== 0);
  if (open.length === 0) return;
  await sql`
    update call_budgets set credit = call_budgets.credit - uncharged.credit,
      batch_credit = call_budgets.batch_credit - uncharged.batch_credit
    from unnest(${open.map(({ tenant }) => tenant)}::text[], ${open.map(({ service }) => service)}::text[],
      ${open.map(({ rateLimit }) => rateLimit)}::text[], ${open.map(({ uncharged }) => uncharged.all)}::float8[],
      ${open.map(({ uncharged }) => uncharged.batch)}::float8[])
      as uncharged (tenant, service, rate_limit, credit, batch_credit)
    where (call_budgets.tenant, call_budgets.service, call_budgets.rate_limit) =
      (uncharged.tenant, uncharged.service, uncharged.rate_limit)`.execute(tx);
}
