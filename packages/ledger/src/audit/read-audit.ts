import { sql, type Selectable } from 'kysely';
import { z } from 'zod';

import type { Ledger } from '../connect-ledger.ts';
import { sealedContext } from '../sealed-columns.ts';
import type { AuditEntriesTable } from '../tables.ts';
import { actorIndexOf, parseDetails, type AuditDetail } from './entry.ts';

/** An entry as stored: a later version may have recorded an action or a kind that this one does not know. */
export interface AuditEntry {
  seq: number;
  at: Date;
  /** `id` is null once it is erased. */
  actor: { kind: string; id: string | null; role: string };
  action: string;
  subject: { kind: string; id: string };
  detail: AuditDetail;
  reason: string | null;
  requestId: string | null;
  /** In hex. */
  hash: string;
  /** The actor's id and the reason are no longer there. */
  isErased: boolean;
}

export interface AuditFilter {
  tenant: string;
  /** An actor's id, whole. */
  actor?: string | undefined;
  actions?: readonly string[] | undefined;
  subjectKind?: string | undefined;
  subjectId?: string | undefined;
  from?: Date | undefined;
  /** Not included. */
  until?: Date | undefined;
}

export interface AuditPage {
  limit: number;
  /** Newest first, before this entry; or, with `after`, oldest first. */
  before?: number | undefined;
  after?: number | undefined;
}

/** A page of a tenant's entries, newest first unless it begins `after` one. */
export async function readAudit(
  { db, sealing }: Pick<Ledger, 'db' | 'sealing'>,
  filter: AuditFilter,
  { limit, before, after }: AuditPage,
): Promise<readonly AuditEntry[]> {
  const { rows } = await sql<Selectable<AuditEntriesTable>>`
    select * from audit_entries where ${matches({ sealing }, filter)}
      ${before === undefined ? sql`` : sql`and seq < ${before}`}
      ${after === undefined ? sql`` : sql`and seq > ${after}`}
    order by seq ${after === undefined ? sql`desc` : sql`asc`} limit ${limit}`.execute(db);
  return rows.map((row) => toEntry({ sealing }, row));
}

/** How many entries match; what is beyond `atMost` is not counted. */
export async function countAudit(
  { db, sealing }: Pick<Ledger, 'db' | 'sealing'>,
  filter: AuditFilter,
  atMost: number,
): Promise<number> {
  const { rows } = await sql<{ count: string }>`
    select count(*) from (select from audit_entries where ${matches({ sealing }, filter)} limit ${atMost}) as found`.execute(
    db,
  );
  return Number(rows[0]?.count ?? 0);
}

function matches({ sealing }: Pick<Ledger, 'sealing'>, filter: AuditFilter) {
  const { tenant, actor, actions, subjectKind, subjectId, from, until } = filter;
  return sql<boolean>`(tenant = ${tenant}
    ${actor === undefined ? sql`` : sql`and actor_index = ${actorIndexOf(sealing, tenant, actor)}`}
    ${actions === undefined ? sql`` : sql`and action = any(${[...actions]}::text[])`}
    ${subjectKind === undefined ? sql`` : sql`and subject_kind = ${subjectKind}`}
    ${subjectId === undefined ? sql`` : sql`and subject_id = ${subjectId}`}
    ${from === undefined ? sql`` : sql`and at >= ${from}`}
    ${until === undefined ? sql`` : sql`and at < ${until}`})`;
}

const detailSchema = z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()]));

function toEntry({ sealing }: Pick<Ledger, 'sealing'>, row: Selectable<AuditEntriesTable>): AuditEntry {
  const details =
    row.sealed === null
      ? null
      : parseDetails(sealing.unseal(row.sealed, sealedContext.auditDetails(row.tenant, row.seq)));
  return {
    seq: Number(row.seq),
    at: row.at,
    actor: { kind: row.actor_kind, id: details?.actor ?? null, role: row.role },
    action: row.action,
    subject: { kind: row.subject_kind, id: row.subject_id },
    detail: detailSchema.parse(JSON.parse(row.detail)),
    reason: details?.reason ?? null,
    requestId: row.request_id,
    hash: row.hash.toString('hex'),
    isErased: details === null,
  };
}
