import { readCause } from '@keycourier/journey/model/cause';
import type { HoldCode } from '@keycourier/journey/model/holds';
import type { Shipment, Trigger } from '@keycourier/journey/model/shipment';
import type { Status } from '@keycourier/journey/model/status';
import { hubNameOf } from '@keycourier/journey/ports/hub';
import { sql, type RawBuilder, type SqlBool } from 'kysely';

import type { Ledger } from '../connect-ledger.ts';
import { snoozedIn } from '../holds/claims.ts';
import { idsBetween } from '../new-id.ts';
import { prepared } from '../prepared.ts';
import { isNamed } from '../search/name-prefixes.ts';
import { tokensOfQuery } from '../search/name-tokens.ts';
import { decryptRow, sealedSecrets, type SealedRow } from './decrypt-row.ts';
import { loginIndexOf } from './person.ts';
import { factColumns, joiningFacts, toFacts, type Facts, type FactsRow } from './read-facts.ts';
import { allColumns } from './shipments-table.ts';

/** What shipments are selected by: all of it must hold. */
export interface ShipmentFilter {
  statuses?: readonly Status[] | undefined;
  /** An exact Okta id or login; letter case of a login is ignored. */
  user?: string | undefined;
  holdCodes?: readonly HoldCode[] | undefined;
  /** As `causeOf` and readHeldCauses() have it. */
  cause?: string | undefined;
  /** Only those whose hold is snoozed until later, or only the others. */
  snoozed?: boolean | undefined;
  /** Each word begins a word of the person's name. Finds nothing where the tenant's names are not searchable. */
  name?: string | undefined;
  triggers?: readonly Trigger[] | undefined;
  batchId?: string | undefined;
  serial?: string | undefined;
  trackingNumber?: string | undefined;
  /** Requested at or after, and before. */
  since?: Date | undefined;
  until?: Date | undefined;
}

export interface ShipmentQuery extends ShipmentFilter {
  tenant: string;
  /** Only dry runs, or only real shipments. */
  dryRun: boolean;
  /** The id of the last shipment of the page before. */
  before?: string | undefined;
  limit: number;
}

interface Page<Item> {
  items: readonly Item[];
  /** Null on the last page. */
  nextCursor: string | null;
}

/** A page of shipments, newest first. */
export async function listShipments(ledger: Ledger, query: ShipmentQuery): Promise<Page<Shipment>> {
  const { mark, page } = selectingPage(ledger, query);
  const { rows } = await sql<SealedRow>`${mark}${page}`.execute(ledger.db);
  return pageOf(query, rows, (row) => decryptRow(ledger, row));
}

/** The same with what other tables know of each, in one round trip and as of one moment. */
export async function listShipmentsWithFacts(
  ledger: Ledger,
  query: ShipmentQuery,
): Promise<Page<{ shipment: Shipment; facts: Facts }>> {
  const { mark, page } = selectingPage(ledger, query);
  const { rows } = await sql<SealedRow & FactsRow>`${mark}
    select page.*, ${factColumns} from (${page}) as page
    cross join lateral (
      select page.id, page.requested_by, page.tenant, okta_user_id as user_id, ${hubNameOf(query.tenant)}::text as hub, hub_user_id
    ) as wanted ${joiningFacts} order by page.id desc`.execute(ledger.db);
  return pageOf(query, rows, (row) => {
    const shipment = decryptRow(ledger, row);
    return { shipment, facts: toFacts(shipment.requestedBy, row) };
  });
}

/** With filters the statement has many variants: it is not prepared. */
function selectingPage(ledger: Ledger, query: ShipmentQuery) {
  const { tenant, dryRun, before, limit } = query;
  const conditions = conditionsOf(ledger, query);
  const all = [
    sql<SqlBool>`tenant = ${tenant} and dry_run = ${dryRun}`,
    ...(before === undefined ? [] : [sql<SqlBool>`id < ${before}`]),
    ...conditions,
  ];
  return {
    mark: conditions.length === 0 ? prepared : sql``,
    page: sql` select ${allColumns}, ${sealedSecrets} from shipments
      where ${sql.join(all, sql` and `)} order by id desc limit ${limit + 1}`,
  };
}

function pageOf<Row extends { id: string }, Item>(
  { limit }: ShipmentQuery,
  rows: readonly Row[],
  toItem: (row: Row) => Item,
): Page<Item> {
  const page = rows.slice(0, limit);
  return { items: page.map(toItem), nextCursor: rows.length > limit ? (page.at(-1)?.id ?? null) : null };
}

/** Of one value, an index has the rows in the order of a page; of several it has not. */
function isOneOf(column: string, values: readonly string[]): RawBuilder<SqlBool> {
  const [only, ...others] = values;
  return only !== undefined && others.length === 0
    ? sql<SqlBool>`${sql.ref(column)} = ${only}`
    : sql<SqlBool>`${sql.ref(column)} = any(${[...values]}::text[])`;
}

/** A version that stored no cause left null, or the cause of an earlier hold: the code alone is the cause then. */
function isCause(cause: string): RawBuilder<SqlBool> {
  const { code } = readCause(cause);
  return code === cause
    ? sql<SqlBool>`(hold_code = ${code} and (hold_cause = ${cause} or hold_cause is null
        or split_part(hold_cause, ' ', 1) <> hold_code))`
    : sql<SqlBool>`(hold_code = ${code} and hold_cause = ${cause})`;
}

/** What is left out is looked up in a list of ids, so that the page keeps its order and its index. */
function isSnoozed({ now }: Ledger, tenant: string, snoozed: boolean): RawBuilder<SqlBool> {
  const ids = snoozedIn(tenant, now());
  return snoozed ? sql<SqlBool>`id = any(array(${ids}))` : sql<SqlBool>`id not in (${ids})`;
}

/** How many shipments are selected; what is beyond `atMost` is not counted. In the order of a page, whose indexes serve it. */
export async function countShipments(
  ledger: Ledger,
  query: Omit<ShipmentQuery, 'before' | 'limit'>,
  atMost: number,
): Promise<number> {
  const found = selected(ledger, query).select('id').orderBy('id', 'desc').limit(atMost);
  const { rows } = await sql<{ count: string }>`select count(*) from (${found}) as found`.execute(ledger.db);
  return Number(rows[0]?.count ?? 0);
}

/** What a filter selects, for a query of one's own. */
export const selected = (ledger: Ledger, query: Omit<ShipmentQuery, 'before' | 'limit'>) =>
  ledger.db
    .selectFrom('shipments')
    .where('tenant', '=', query.tenant)
    .where('dry_run', '=', query.dryRun)
    .where((where) => where.and(conditionsOf(ledger, query)));

function conditionsOf(ledger: Ledger, filter: ShipmentFilter & { tenant: string }): RawBuilder<SqlBool>[] {
  const { tenant, statuses, user, holdCodes, cause, snoozed, name, triggers } = filter;
  const { batchId, serial, trackingNumber, since, until } = filter;
  const { from, to } = idsBetween('shp', filter);
  return [
    statuses === undefined ? null : isOneOf('status', statuses),
    user === undefined ? null : sql<SqlBool>`(okta_user_id = ${user} or login_index = ${loginIndexOf(ledger, user)})`,
    holdCodes === undefined ? null : isOneOf('hold_code', holdCodes),
    cause === undefined ? null : isCause(cause),
    snoozed === undefined ? null : isSnoozed(ledger, tenant, snoozed),
    name === undefined ? null : isNamed(tenant, tokensOfQuery(ledger.sealing, tenant, name)),
    triggers === undefined ? null : isOneOf('trigger', triggers),
    batchId === undefined ? null : sql<SqlBool>`batch_id = ${batchId}`,
    serial === undefined ? null : sql<SqlBool>`serial = ${serial}`,
    trackingNumber === undefined ? null : sql<SqlBool>`tracking_number = ${trackingNumber}`,
    from === null ? null : sql<SqlBool>`id >= ${from}`,
    to === null ? null : sql<SqlBool>`id < ${to}`,
    since === undefined ? null : sql<SqlBool>`created_at >= ${since}`,
    until === undefined ? null : sql<SqlBool>`created_at < ${until}`,
  ].filter((condition) => condition !== null);
}
