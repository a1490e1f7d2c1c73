import { nextSteps } from '@keycourier/journey/model/plan';
import type { Shipment } from '@keycourier/journey/model/shipment';
import { sql, type RawBuilder } from 'kysely';

import type { Ledger, Tx } from '../connect-ledger.ts';
import { addFirstMessages, priorityOf } from '../outbox/add-messages.ts';
import { ofAnyLength, prepared } from '../prepared.ts';
import { sealedContext } from '../sealed-columns.ts';
import { addHistory } from './add-history.ts';
import type { NewRowShipment } from './new-shipment.ts';
import { loginIndexOf, personWith } from './person.ts';
import { isOpenInIndex } from './plan-predicates.ts';
import { sealSecrets, type SealedSecrets } from './secrets.ts';
import { columnsOf, rowColumnsOf } from './shipment-row.ts';

export type Columns = Readonly<Record<string, unknown>>;

/**
 * New shipments of one kind, ready to be inserted. Most of their columns are those of the first; the rest is kept as
 * JSON, since objects of sixty fields each would need too much memory for thousands of rows.
 */
export interface NewShipments {
  first: Shipment;
  common: Columns;
  rows: readonly NewRow[];
  /** The connection of the directory that caused the requests, for the history. */
  by?: string | undefined;
}

export interface NewRow {
  id: string;
  /** A JSON object: the columns that differ from those of the first row. */
  own: string;
  secrets: Pick<SealedSecrets, 'names' | 'sealed'>;
  /** Names of the attributes that the request overrides; empty for none. */
  overridden: string;
}

/** All columns of a new shipment, with what is personal in them sealed or hashed. */
export const columnsOfNew = (ledger: Pick<Ledger, 'sealing'>, shipment: Shipment): Columns =>
  Object.assign(columnsOf(shipment), columnsOfNewRow(ledger, shipment), { batch_person: null });

/** Those of a row of a batch. Its other columns are the same as the first row's. */
export function columnsOfNewRow(ledger: Pick<Ledger, 'sealing'>, row: NewRowShipment) {
  const { id, purpose, note, user, secrets } = row;
  const loginIndex = secrets.login === undefined ? null : loginIndexOf(ledger, secrets.login);
  const person = personWith(user.id, loginIndex);
  return {
    person,
    login_index: loginIndex,
    note: note === null ? null : ledger.sealing.seal(note, sealedContext.note(id)),
    // One key for each purpose is no duplicate.
    batch_person: `${purpose}:${person}`,
    // No spread comes first (CONTRIBUTING.md).
    ...rowColumnsOf(row),
  };
}

export const overriddenIn = ({ secrets }: NewRowShipment): string =>
  Object.keys(secrets.overrides?.values ?? {}).join(' ');

export const sealedSecretsOf = (ledger: Pick<Ledger, 'sealing'>, { id, secrets }: NewRowShipment): NewRow['secrets'] =>
  sealSecrets(ledger, id, secrets);

/** They are stored as JSON, and are in the rows as JSON in a text. */
const jsonColumns: ReadonlySet<string> = new Set(['hold_problems', 'failure', 'lifted_hold', 'intents']);

interface ColumnList {
  columns: RawBuilder<unknown>;
  /** What each is in a row of {@link asTable}. */
  values: RawBuilder<unknown>;
}

const columnLists = new Map<string, ColumnList>();

/** As text, made once: a node for each of sixty names, twice a request, would be most of what a request leaves to collect. */
function columnListOf(names: readonly string[]): ColumnList {
  const key = names.join(' ');
  const known = columnLists.get(key);
  if (known !== undefined) return known;
  const valueOf = (name: string): string => (jsonColumns.has(name) ? `("${name}" #>> '{}')::jsonb` : `"${name}"`);
  const list = {
    columns: sql.raw(names.map((name) => `"${name}"`).join(', ')),
    values: sql.raw(names.map(valueOf).join(', ')),
  };
  columnLists.set(key, list);
  return list;
}

/** New shipments as a table with the columns of `shipments`. */
export const asTable = ({ common, rows }: NewShipments): RawBuilder<unknown> => sql`jsonb_populate_recordset(
  jsonb_populate_record(null::shipments, ${JSON.stringify(common)}::jsonb),
  ${`[${rows.map(({ own }) => own).join(',')}]`}::jsonb
)`;

/**
 * The one index that may refuse a shipment. Postgres looks into the index that is named here before it inserts a row, and into every
 * unique one where none is. Within a batch, one open shipment for each person and purpose means one row.
 */
const unlessRefused = ({ plan }: Shipment): RawBuilder<unknown> =>
  plan.dryRun
    ? sql`on conflict (batch_person, batch_id) where batch_person is not null do nothing`
    : sql`on conflict (tenant, person, purpose) where ${isOpenInIndex} do nothing`;

interface InsertOptions {
  /** A row is left out where this, about the alias `new`, holds. */
  unless: RawBuilder<boolean>;
  /** The statement is the same each time. */
  isRepeated?: boolean;
  /** More parts of the statement, with a comma in front; the part `created` has the shipments that were inserted. */
  also?: RawBuilder<unknown> | undefined;
}

/** @returns the ids of those that were inserted */
export async function insertShipments(
  tx: Tx,
  shipments: NewShipments,
  options: InsertOptions,
): Promise<ReadonlySet<string>> {
  const { rows } = await insertingShipments(shipments, options).execute(tx);
  return new Set(rows.map(({ id }) => id));
}

/**
 * Inserts shipments with their secrets, their first history entry and their outbox messages, in one statement and in
 * their order. A row is left out where a unique index refuses its person. Returns what was inserted.
 */
export function insertingShipments(
  shipments: NewShipments,
  { unless, isRepeated = false, also = sql`` }: InsertOptions,
): RawBuilder<{ id: string }> {
  const { first, common, rows, by } = shipments;
  const { columns, values } = columnListOf(Object.keys(common));
  const overridden = rows.filter((row) => row.overridden !== '');
  // All rows have the same next steps, with one priority.
  return sql<{ id: string }>`${isRepeated ? prepared : sql``}
    with created as (
      insert into shipments (${columns})
      select ${values} from ${asTable(shipments)} as new
      where not ${unless}
      order by batch_row
      ${unlessRefused(first)}
      returning id, tenant, batch_row
    ), secrets_added as (
      insert into secrets (shipment_id, name, sealed)
      select shipment_id, name, sealed
      from unnest(${ofAnyLength(rows.flatMap(({ id, secrets: { names: some } }) => some.map(() => id)))},
        ${rows.flatMap(({ secrets }) => secrets.names)}::text[], ${rows.flatMap(({ secrets }) => secrets.sealed)}::text[]
      ) as secret (shipment_id, name, sealed) join created on created.id = shipment_id
    ), history_added as (
      ${addHistory(sql`select id, ${first.createdAt}::timestamptz, 'shipment.requested',
        ${JSON.stringify({ trigger: first.trigger, by })}::jsonb || case when overridden.fields is null then '{}' else
          jsonb_build_object('overridden', overridden.fields, 'by', ${first.requestedBy}::text) end
        from created left join unnest(${ofAnyLength(overridden.map(({ id }) => id))},
          ${overridden.map((row) => row.overridden)}::text[]) as overridden (id, fields) using (id)
        order by batch_row`)}
    ), outbox_added as (
      ${addFirstMessages(sql`select id, step, tenant, ${priorityOf(first)}::smallint
        from created, unnest(${ofAnyLength(nextSteps(first.plan))}) as step order by batch_row`)}
    )${also}
    select id from created`;
}
