import { isDeepStrictEqual } from 'node:util';

import type { Change, Decision, Note } from '@keycourier/journey/model/change';
import { applyChange } from '@keycourier/journey/model/change';
import { isNext, type StepName } from '@keycourier/journey/model/plan';
import type { Shipment } from '@keycourier/journey/model/shipment';
import type { AttemptResult, StepAttempt, TenantAtBegin } from '@keycourier/journey/ports/ledger';
import { sql, type Kysely, type RawBuilder } from 'kysely';
import { z } from 'zod';

import { tenantAtBegin } from '../attempts/claim-message.ts';
import { endAttempt } from '../attempts/finish-attempt.ts';
import { isStillOurs, unclaimedOf } from '../attempts/open-attempt.ts';
import type { Ledger } from '../connect-ledger.ts';
import { syncOutbox } from '../outbox/sync-outbox.ts';
import { ofAnyLength, prepared } from '../prepared.ts';
import type { RegisteredUser } from '../registrations/require-registration.ts';
import { writeNamePrefixes } from '../search/name-prefixes.ts';
import type { Tables } from '../tables.ts';
import { versionOf, withVersion } from './decrypt-row.ts';
import { loginIndexOf, personOf } from './person.ts';
import { sealSecrets } from './secrets.ts';
import { columnsOf } from './shipment-row.ts';

/** What decisions about a shipment, one after the other, make of it. */
export interface Decided {
  before: Shipment;
  after: Shipment;
  notes: readonly Required<Note>[];
  secrets: NonNullable<Change['secrets']>;
  dueAfterMs: NonNullable<Decision['dueAfterMs']>;
  isMovedToBack: boolean;
  isRetried: boolean;
}

export const undecided = (shipment: Shipment): Decided => ({
  before: shipment,
  after: shipment,
  notes: [],
  secrets: {},
  dueAfterMs: {},
  isMovedToBack: false,
  isRetried: false,
});

/** @throws JourneyError `illegal_move` */
export function decided(so: Decided, { change, note, dueAfterMs }: Decision, now: Date): Decided {
  const after = applyChange(so.after, change, now);
  // Assigned: V8 makes a hidden class for each property that a literal adds to what a spread began.
  const detail = Object.assign({}, note.detail, facetsMoved(so.after, after));
  return {
    before: so.before,
    after,
    notes: [...so.notes, { event: note.event, detail }],
    secrets: Object.assign({}, so.secrets, change.secrets),
    dueAfterMs: Object.assign({}, so.dueAfterMs, dueAfterMs),
    isMovedToBack: so.isMovedToBack || change.moveToBack === true,
    isRetried: so.isRetried || change.retryNow === true,
  };
}

export interface Writing {
  decided: Decided;
  /** The attempt that ends with it. */
  end?: { attempt: StepAttempt; result: AttemptResult } | undefined;
  /** An attempt at a step that is done with it, without a call. */
  also?: { step: StepName; id: string } | undefined;
  /** The attempt at the step that it makes next; nothing is written where that may not start. */
  claim?: { step: StepName; id: string; leaseMs: number; mayReleaseSlot: boolean; isIntended: boolean } | undefined;
  /** Nothing is written where one of these users has a registration, which would have to change too. */
  unregistered?: readonly RegisteredUser[] | undefined;
  /** The tenant's row is locked too, after the shipment's: grantSlots() follows. */
  locksSlots?: boolean;
}

/** With what a claim knows of the tenant. */
export interface Written extends Partial<TenantAtBegin> {
  /** A message is due that was not before. */
  isDue: boolean;
  isClaimed: boolean;
  isSlotLocked: boolean;
}

/**
 * Writes decisions about a shipment: state, secrets, history and outbox messages, in one statement; and with them the end of
 * an attempt and the start of the next.
 * @returns null where nothing was written: the row is not the version that was read, or the next attempt may not start
 * @throws DatabaseError for the index `one_open_shipment` when the person has another open shipment
 */
export async function writeDecision(ledger: Ledger, db: Kysely<Tables>, writing: Writing): Promise<Written | null> {
  const { rows } = await writingDecision(ledger, writing).execute(db);
  return writtenOf(writing, rows);
}

type WrittenRow = Written & { version: string };

/** The rows of {@link writingDecision} where it claims nothing. */
export const writtenRows = z.array(
  z.object({ version: z.string(), isDue: z.boolean(), isClaimed: z.boolean(), isSlotLocked: z.boolean() }),
);

/** Its statement, of which {@link writtenOf} reads the rows. */
export function writingDecision(ledger: Ledger, writing: Writing): RawBuilder<WrittenRow> {
  const { before, after, dueAfterMs } = writing.decided;
  const { end, also, claim, unregistered, locksSlots = false } = writing;
  const begun = end === undefined ? undefined : unclaimedOf(end.attempt);
  return sql<WrittenRow>`${prepared}
    with moved as (
      update shipments set ${sql.join(assignments(ledger, writing.decided))}
      where id = ${after.id} and xmin = ${versionOf(before) ?? '0'}::xid ${claim === undefined ? sql`` : mayStart(after, claim)} ${unregistered === undefined ? sql`` : isUnregistered(unregistered)}
        ${begun === undefined || end === undefined ? sql`` : isStillOurs(end.attempt, begun)}
      returning id, xmin::text as version
    ), ${syncOutbox({ shipment: after, dueAfterMs, claim })}, history_added as (
      ${addNotes(writing.decided)}
    )${writeSecrets(ledger, writing.decided)}${writeNamePrefixes(ledger, after.tenant, writing.decided.secrets)}
    ${end === undefined ? sql`` : sql`, ${endAttempt(ledger, { isStillNext: isNext(after.plan, end.attempt.step), ...end })}`}
    ${also === undefined ? sql`` : sql`, ${addDone(ledger, also)}`}
    ${claim === undefined ? sql`` : sql`, ${startAttempt(ledger, claim)}`}
    ${locksSlots ? sql`, slots_locked as (select from tenants, moved where name = ${after.tenant} for update of tenants)` : sql``}
    select version, exists (select from outbox_added where due_at <= now()) as "isDue",
      exists (select from outbox_added where attempts > 0) as "isClaimed",
      ${locksSlots ? sql`exists (select from slots_locked)` : sql`false`} as "isSlotLocked"
      ${claim === undefined ? sql`` : sql`, ${tenantAtBegin(sql`${after.tenant}`)}`} from moved`;
}

export function writtenOf({ decided: { after } }: Writing, [written]: readonly WrittenRow[]): Written | null {
  if (written === undefined) return null;
  withVersion(after, written.version);
  return written;
}

const isUnregistered = (users: NonNullable<Writing['unregistered']>): RawBuilder<unknown> => sql`
  and not exists (select from registrations where ${sql.join(
    users.map(({ org, userId }) => sql`(tenant = ${org} and okta_user_id = ${userId})`),
    sql` or `,
  )})`;

/** Besides the plan: what refuses the claim of a message that exists refuses it here. */
const mayStart = (
  { id, tenant }: Shipment,
  { step, mayReleaseSlot }: NonNullable<Writing['claim']>,
): RawBuilder<unknown> => sql`
  and not exists (select from tenants where name = ${tenant} and paused_until > statement_timestamp())
  and not exists (select from outbox where subject_id = ${id} and step = ${step})
  and not exists (select from step_attempts where shipment_id = ${id} and step = ${step} and ended_at is null)
  ${
    mayReleaseSlot
      ? sql`and not exists (select from flows where tenant = ${tenant} and slug = 'process-shipments' and not enabled)`
      : sql``
  }`;

const startAttempt = (
  ledger: Ledger,
  { step, id, leaseMs }: NonNullable<Writing['claim']>,
): RawBuilder<unknown> => sql`started as (
  insert into step_attempts (id, shipment_id, step, attempt, started_at, leased_until)
  select ${id}, moved.id, step, attempts, ${ledger.now()}, statement_timestamp() + ${leaseMs}::float8 * interval '1 ms'
  from moved, outbox_added where step = ${step}
)`;

const addDone = (ledger: Ledger, { step, id }: NonNullable<Writing['also']>): RawBuilder<unknown> => sql`also_done as (
  insert into step_attempts (id, shipment_id, step, attempt, started_at, leased_until, ended_at, outcome)
  select ${id}, id, ${step}, 1, ${ledger.now()}, now(), ${ledger.now()}, 'done' from moved
)`;

/** One note, which most moves have, needs no `unnest` and no order. */
function addNotes({ notes, after }: Decided): RawBuilder<unknown> {
  const [first, ...others] = notes.map(({ event, detail }) => ({ event, detail: JSON.stringify(detail) }));
  const at = sql`${after.updatedAt}::timestamptz`;
  if (first !== undefined && others.length === 0)
    return sql`insert into history (shipment_id, at, event, detail)
      select moved.id, ${at}, ${first.event}, ${first.detail}::jsonb from moved`;
  const events = notes.map(({ event }) => event);
  const details = notes.map(({ detail }) => JSON.stringify(detail));
  return sql`insert into history (shipment_id, at, event, detail)
    select moved.id, ${at}, event, detail::jsonb
    from moved, unnest(${ofAnyLength(events)}, ${details}::text[]) with ordinality as note (event, detail, nth) order by nth`;
}

function writeSecrets(ledger: Ledger, { after: { id }, secrets }: Decided): RawBuilder<unknown> {
  const { names, sealed, gone } = sealSecrets(ledger, id, secrets);
  const deleted = sql`, secrets_gone as (
    delete from secrets where shipment_id = (select id from moved) and name = any(${ofAnyLength(gone)}::text[])
  )`;
  const kept = sql`, secrets_kept as (
    insert into secrets (shipment_id, name, sealed)
    select moved.id, kept.* from moved, unnest(${ofAnyLength(names)}, ${sealed}::text[]) as kept (name, sealed)
    on conflict (shipment_id, name) do update set sealed = excluded.sealed
  )`;
  return sql`${gone.length === 0 ? sql`` : deleted}${names.length === 0 ? sql`` : kept}`;
}

function assignments(ledger: Ledger, { before, after, isMovedToBack }: Decided): RawBuilder<unknown>[] {
  // First, whether or not it is the same millisecond: a move has one text, which is prepared once.
  const changed = Object.assign(
    { updated_at: after.updatedAt },
    difference(columnsOf(before), columnsOf(after)),
    changedPerson(ledger, before, after),
  );
  return [
    ...Object.entries(changed).map(([name, value]) => sql`${sql.ref(name)} = ${value}`),
    ...(isMovedToBack ? [sql`position = nextval('shipment_position')`] : []),
  ];
}

function difference<Row extends object>(before: Row, after: Row): Partial<Row> {
  const changed: Partial<Row> = {};
  for (const name in after)
    if (before[name] !== after[name] && !isDeepStrictEqual(before[name], after[name])) changed[name] = after[name];
  return changed;
}

/** The two columns that are made from the id and the login of the user. */
function changedPerson(ledger: Ledger, before: Shipment, after: Shipment): { person?: string; login_index?: string } {
  const { id } = after.user;
  const { login } = after.secrets;
  return {
    ...(id !== null && id !== before.user.id ? { person: personOf(ledger, id, null) } : {}),
    ...(login !== undefined && login !== before.secrets.login ? { login_index: loginIndexOf(ledger, login) } : {}),
  };
}

function facetsMoved(before: Shipment, after: Shipment): Record<string, string> {
  const moved: Record<string, string> = {};
  for (const facet of ['order', 'parcel', 'credential', 'pin'] as const)
    if (before.plan[facet] !== after.plan[facet]) moved[facet] = `${before.plan[facet]} → ${after.plan[facet]}`;
  if (before.hold?.code !== after.hold?.code) moved['hold'] = after.hold?.code ?? 'cleared';
  return moved;
}
