import { sql } from 'kysely';

import { inTransaction, type Database, type Ledger } from '../connect-ledger.ts';
import { LedgerError } from '../errors.ts';
import { sealedContext } from '../sealed-columns.ts';
import {
  actorIndexOf,
  digestOf,
  hashOf,
  headMacOf,
  newDetails,
  noHash,
  type Anchor,
  type Chained,
  type NewAuditEntry,
} from './entry.ts';

/** What is needed of the ledger; `db` may be a transaction. */
export type AuditLedger = Pick<Ledger, 'sealing' | 'now'> & { db: Database };

/**
 * Adds an entry to the tenant's chain. Where `db` is a transaction, in it and as its last write: entries of a tenant
 * wait for each other until it ends.
 * @returns the entry's place, to be kept outside the database: callers log it
 * @throws LedgerError `bad_audit_entry` for a subject or detail that may be personal data
 */
export async function recordAudit(ledger: AuditLedger, entry: NewAuditEntry): Promise<Anchor> {
  requireImpersonal(entry);
  return inTransaction(ledger.db, (tx) => append(ledger, tx, entry));
}

/** An id, a name of ours or a code: neither a person's name, an address nor a login. */
const impersonal = /^[\w.:/-]{1,200}$/;
const codes = /^[\w.:/ -]{0,500}$/;
export const maxReasonLength = 1_000;

function requireImpersonal({ subject, detail = {}, reason }: NewAuditEntry): void {
  const texts = Object.values(detail).filter((value) => typeof value === 'string');
  const isAllowed =
    impersonal.test(subject.id) && impersonal.test(subject.kind) && texts.every((text) => codes.test(text));
  if (isAllowed && (reason ?? '').length <= maxReasonLength) return;
  throw new LedgerError(
    'bad_audit_entry',
    'The subject and detail of an audit entry are ids and codes, and its reason has 1,000 characters at most',
  );
}

async function append(ledger: AuditLedger, db: Database, entry: NewAuditEntry): Promise<Anchor> {
  const { tenant, actor, reason = null } = entry;
  const { sealing } = ledger;
  const last = await lockHead(ledger, db, tenant);
  const seq = last.seq + 1;
  const sealedDetails = newDetails(actor.id, reason);
  const chained: Chained = {
    tenant,
    seq,
    at: ledger.now(),
    actor_kind: actor.kind,
    role: actor.role,
    action: entry.action,
    subject_kind: entry.subject.kind,
    subject_id: entry.subject.id,
    detail: JSON.stringify(entry.detail ?? {}),
    request_id: entry.requestId ?? null,
    digest: digestOf(sealing, sealedDetails),
    previous_hash: last.hash,
  };
  const hash = hashOf(sealing, chained);
  const sealed = sealing.seal(JSON.stringify(sealedDetails), sealedContext.auditDetails(tenant, seq));
  const anchor = { seq, hash: hash.toString('hex') };
  await db
    .with('head', (query) =>
      query
        .updateTable('audit_heads')
        .set({ last_seq: seq, last_hash: hash, mac: headMacOf(sealing, tenant, anchor) })
        .where('tenant', '=', tenant),
    )
    .insertInto('audit_entries')
    .values({ ...chained, sealed, actor_index: actorIndexOf(sealing, tenant, actor.id), hash })
    .execute();
  return anchor;
}

/** The tenant's last entry, which no other transaction can follow until this one ends. */
async function lockHead(ledger: AuditLedger, db: Database, tenant: string): Promise<{ seq: number; hash: Buffer }> {
  for (;;) {
    const { rows } = await sql<{ seq: string; hash: Buffer }>`
      select last_seq as seq, last_hash as hash from audit_heads where tenant = ${tenant} for update`.execute(db);
    const [row] = rows;
    if (row !== undefined) return { seq: Number(row.seq), hash: row.hash };
    await insertFirstHead(ledger, db, tenant);
  }
}

async function insertFirstHead({ sealing }: AuditLedger, db: Database, tenant: string): Promise<void> {
  const mac = headMacOf(sealing, tenant, { seq: 0, hash: noHash.toString('hex') });
  await db
    .insertInto('audit_heads')
    .values({ tenant, last_seq: 0, last_hash: noHash, mac })
    .onConflict((conflict) => conflict.column('tenant').doNothing())
    .execute();
}
