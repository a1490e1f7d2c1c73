import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import * as plan from '@keycourier/journey/model/plan';
import type { PlanState } from '@keycourier/journey/model/plan';
import { concerned } from '@keycourier/journey/requests/consequence';
import { isToCheck } from '@keycourier/journey/requests/consequences';
import { everyFlag, keysOf } from '@keycourier/journey/testing/every-combination';
import { initialPlan } from '@keycourier/journey/testing/samples';
import { sql, type RawBuilder } from 'kysely';
import pg from 'pg';

import type { Ledger, Tx } from '../connect-ledger.ts';
import { closeTestLedgers, connectTestLedger } from '../testing/connect-test-ledger.ts';
import * as predicates from './plan-predicates.ts';

let ledger: Ledger;
let url: string;
beforeAll(async () => {
  ({ ledger, url } = await connectTestLedger());
});
afterAll(closeTestLedgers);

type Rule = (state: PlanState) => boolean;

const isInSlot: Rule = ({ inSlot }) => inSlot;
const hasActiveKey: Rule = ({ credential }) => credential === 'active';
const isFirstCheckNext: Rule = (state) => state.order === 'requested' && isToCheck(state);
const mayHaveNextStep: Rule = ({ order, credential, pin, revokeRequested }) =>
  !plan.isEnded(order) ||
  (order === 'cancelled' && credential === 'pending') ||
  (order === 'closed' && credential === 'active' && (revokeRequested || pin !== 'sent'));

const rules: Readonly<Record<string, readonly [RawBuilder<boolean>, Rule]>> = {
  isOpen: [predicates.isOpen, plan.isOpen],
  isDone: [predicates.isDone, (state) => state.dryRun || (plan.isEnded(state.order) && !state.held)],
  mayHaveNextStep: [predicates.mayHaveNextStep, mayHaveNextStep],
  isFirstCheckNext: [predicates.isFirstCheckNext, isFirstCheckNext],
  isToCheck: [predicates.isToCheck, isToCheck],
  isWaitingForSlot: [predicates.isWaitingForSlot, plan.isWaitingForSlot],
  isInSlot: [predicates.isInSlot, isInSlot],
  isSlotReleasable: [predicates.isSlotReleasable, plan.mayReleaseSlot],
  hasActiveKey: [predicates.hasActiveKey, hasActiveKey],
  isHeldOrOpen: [predicates.isConcerned.held_or_open, concerned.held_or_open],
  isOpenOrActive: [predicates.isConcerned.open_or_active, concerned.open_or_active],
};

/** The partial indexes that serve a rule; `mayHaveNextStep` has one for each side of its "or". */
const indexes: Readonly<Record<string, Rule>> = {
  one_open_shipment: plan.isOpen,
  shipments_open: ({ order }) => !plan.isEnded(order),
  shipments_ended_with_next_step: (state) => plan.isEnded(state.order) && mayHaveNextStep(state),
  shipments_to_check: isFirstCheckNext,
  shipments_waiting_for_slot: plan.isWaitingForSlot,
  shipments_in_slot: isInSlot,
  shipments_with_key: hasActiveKey,
  shipments_held: ({ held }) => held,
  shipments_held_by_code: ({ held, dryRun }) => held && !dryRun,
  shipments_dry_run: ({ dryRun }) => dryRun,
};

async function partialIndexes(): Promise<Readonly<Record<string, string>>> {
  const { rows } = await sql<{ name: string; predicate: string }>`
    select indexrelid::regclass::text as name, pg_get_expr(indpred, indrelid) as predicate from pg_index
    where indrelid = 'shipments'::regclass and indpred is not null`.execute(ledger.db);
  // An index of a nullable column's values is no rule of the plan, other than of `hold_code`.
  const ofPlan = rows.filter(({ predicate }) => !/^\((?!hold_code )\w+ IS NOT NULL\)$/.test(predicate));
  return Object.fromEntries(ofPlan.map(({ name, predicate }) => [name, predicate]));
}

const flags: readonly PlanState[] = [...everyFlag()].map((flag) => ({ ...initialPlan, ...flag }));

/** All flags as columns of `shipments`, in their order. */
const flagColumns = {
  hold_code: sql`${flags.map(({ held }) => (held ? 'profile_problems' : null))}::text[]`,
  profile_checked: sql`${flags.map(({ profileChecked }) => profileChecked)}::boolean[]`,
  in_slot: sql`${flags.map(({ inSlot }) => inSlot)}::boolean[]`,
  programmed: sql`${flags.map(({ programmed }) => programmed)}::boolean[]`,
  pin_release: sql`${flags.map(({ release }) => release)}::text[]`,
  release_overridden: sql`${flags.map(({ releaseOverridden }) => releaseOverridden)}::boolean[]`,
  receipt_confirmed: sql`${flags.map(({ receiptConfirmed }) => receiptConfirmed)}::boolean[]`,
  cancel_requested: sql`${flags.map(({ cancelRequested }) => cancelRequested)}::boolean[]`,
  revoke_requested: sql`${flags.map(({ revokeRequested }) => revokeRequested)}::boolean[]`,
  edit_requested: sql`${flags.map(({ editRequested }) => editRequested)}::boolean[]`,
  dry_run: sql`${flags.map(({ dryRun }) => dryRun)}::boolean[]`,
};

interface FacetStates extends Pick<PlanState, 'order' | 'parcel' | 'credential' | 'pin'> {
  /** For each of `flags`, a bit for each expression. */
  masks: string;
}

/** Evaluates expressions for every combination of states, in Postgres. */
async function evaluate(expressions: readonly RawBuilder<boolean>[]): Promise<readonly FacetStates[]> {
  const bits = expressions.map((expression, bit) => sql`(${expression})::int * ${sql.lit(2 ** bit)}`);
  const columns = Object.keys(flagColumns).map((name) => sql.ref(name));
  // A subquery for each combination of facets: grouped at once, millions of rows would have to be sorted.
  const query = sql`
    with flag as materialized (
      select * from unnest(${sql.join(Object.values(flagColumns))}) with ordinality as flag (${sql.join(columns)}, nth)
    )
    select order_state as "order", parcel_state as parcel, credential_state as credential, pin_state as pin, (
      select string_agg((${sql.join(bits, sql` + `)})::text, ' ' order by nth)
      from (select order_state, parcel_state, credential_state, pin_state, flag.* from flag) as shipments
    ) as masks
    from unnest(${keysOf(plan.arrows.order)}::text[]) as order_state,
      unnest(${keysOf(plan.arrows.parcel)}::text[]) as parcel_state,
      unnest(${keysOf(plan.arrows.credential)}::text[]) as credential_state,
      unnest(${keysOf(plan.arrows.pin)}::text[]) as pin_state`.compile(ledger.db);
  // Millions of states take longer than a statement of the ledger may.
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    const { rows } = await client.query<FacetStates>(query.sql, [...query.parameters]);
    return rows;
  } finally {
    await client.end();
  }
}

/** @returns the names of the expressions that differ from their rule, each with the first state where they do */
function differences(evaluated: readonly FacetStates[], named: readonly (readonly [string, Rule])[]): unknown[] {
  const differing = new Map<string, PlanState>();
  const weighed = named.map(([name, rule], bit) => ({ name, rule, weight: 2 ** bit }));
  // Each rule runs once per state, though an index may have the same.
  const sums = [...new Set(named.map(([, rule]) => rule))].map((rule) => ({
    rule,
    weight: weighed.filter((one) => one.rule === rule).reduce((sum, { weight }) => sum + weight, 0),
  }));
  const states = flags.map((flag) => ({ ...flag }));
  for (const { masks, order, parcel, credential, pin } of evaluated)
    for (const [index, mask] of masks.split(' ').entries()) {
      const state = states[index] ?? initialPlan;
      Object.assign(state, { order, parcel, credential, pin });
      const expected = sums.reduce((sum, { rule, weight }) => sum + (rule(state) ? weight : 0), 0);
      if (expected === Number(mask)) continue;
      for (const { name, rule, weight } of weighed)
        if (rule(state) !== (Math.floor(Number(mask) / weight) % 2 === 1)) differing.set(name, { ...state });
    }
  return [...differing];
}

test('every rule that SQL repeats, and every partial index, says the same as the plan over all combinations', async () => {
  const stored = await partialIndexes();
  expect(Object.keys(stored).toSorted()).toEqual(Object.keys(indexes).toSorted());
  const named = [...Object.entries(rules).map(([name, [, rule]]) => [name, rule] as const), ...Object.entries(indexes)];
  const evaluated = await evaluate([
    ...Object.values(rules).map(([expression]) => expression),
    ...Object.keys(indexes).map((name) => sql<boolean>`(${sql.raw(stored[name] ?? '')})`),
  ]);
  expect(evaluated.reduce((sum, { masks }) => sum + masks.split(' ').length, 0)).toBe(2_100 * flags.length);
  expect(differences(evaluated, named)).toEqual([]);
});

describe('in the plan', () => {
  const states = function* (): Generator<PlanState> {
    for (const order of keysOf(plan.arrows.order))
      for (const credential of keysOf(plan.arrows.credential))
        for (const pin of keysOf(plan.arrows.pin)) for (const flag of flags) yield { ...flag, order, credential, pin };
  };

  test('a shipment that has a next step may have one in SQL, and only one in a slot has a step of a slot', () => {
    const wrong: PlanState[] = [];
    for (const state of states()) {
      const next = plan.nextSteps(state);
      const isOutOfSlot = !state.inSlot && predicates.slotSteps.some((step) => next.includes(step));
      if ((next.length > 0 && !mayHaveNextStep(state)) || isOutOfSlot) wrong.push(state);
    }
    expect(wrong).toEqual([]);
  });

  test('the step that a granted slot makes next is the one that SQL inserts', async () => {
    const { rows } = await sql<{ order: string; step: string }>`
      select order_state as order, ${predicates.stepInSlot} as step
      from unnest(${keysOf(plan.arrows.order)}::text[]) as order_state`.execute(ledger.db);
    const stepOf = new Map(rows.map(({ order, step }) => [order, step]));
    const waiting = [...states()].filter(plan.isWaitingForSlot);
    expect(new Set(waiting.map(({ order }) => order)).size).toBe(4);
    for (const state of waiting) expect(plan.nextSteps({ ...state, inSlot: true })).toEqual([stepOf.get(state.order)]);
  });
});

describe('Postgres proves that an index covers its predicate', () => {
  test.each<[string, RawBuilder<boolean>, readonly string[]]>([
    ['isOpen', predicates.isOpen, ['one_open_shipment']],
    ['mayHaveNextStep', predicates.mayHaveNextStep, ['shipments_open', 'shipments_ended_with_next_step']],
    ['isFirstCheckNext', predicates.isFirstCheckNext, ['shipments_to_check']],
    ['isWaitingForSlot', predicates.isWaitingForSlot, ['shipments_waiting_for_slot']],
    ['isInSlot', predicates.isInSlot, ['shipments_in_slot']],
    ['isSlotReleasable', predicates.isSlotReleasable, ['shipments_in_slot']],
    ['hasActiveKey', predicates.hasActiveKey, ['shipments_with_key']],
    ['isHeldOrOpen', predicates.isConcerned.held_or_open, ['shipments_held', 'one_open_shipment']],
  ])('%s', async (_, predicate, names) => {
    const tx = await ledger.db.startTransaction().execute();
    await dropOtherIndexes(tx, names);
    const { rows } = await sql<Record<string, string>>`explain select from shipments where ${predicate}`.execute(tx);
    await tx.rollback().execute();
    const explained = rows.flatMap((row) => Object.values(row)).join('\n');
    for (const name of names) expect(explained).toContain(name);
  });
});

/** So that the planner uses what is left wherever it can. */
async function dropOtherIndexes(tx: Tx, names: readonly string[]): Promise<void> {
  const { rows } = await sql<{ name: string }>`
    select indexrelid::regclass::text as name from pg_index
    where indrelid = 'shipments'::regclass and not indisprimary`.execute(tx);
  for (const { name } of rows) if (!names.includes(name)) await sql`drop index ${sql.ref(name)}`.execute(tx);
  await sql`alter table shipments drop constraint shipments_pkey cascade`.execute(tx);
  await sql`set local enable_seqscan = off`.execute(tx);
}
