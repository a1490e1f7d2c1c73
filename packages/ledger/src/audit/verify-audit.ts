import { sql, type Selectable } from 'kysely';

import type { Ledger, Tx } from '../connect-ledger.ts';
import { sealedContext } from '../sealed-columns.ts';
import type { Sealing } from '../sealing.ts';
import type { AuditEntriesTable } from '../tables.ts';
import { actorIndexOf, digestOf, hashOf, headMacOf, noHash, parseDetails, type Anchor, type Chained } from './entry.ts';

/**
 * How a chain is broken at an entry: it was `changed`, or written without the key; is `removed` though later ones
 * are there; is another entry, `reordered`; is missing together with all that followed (`truncated`); or the record of the
 * last entry does not fit (`head_changed`).
 */
export type Break = 'changed' | 'removed' | 'reordered' | 'truncated' | 'head_changed';

export type Verification =
  | { outcome: 'broken'; seq: number; how: Break; checked: number }
  /** Nothing is recorded, or all of it was removed together with the record of the last entry: only an anchor shows which. */
  | { outcome: 'empty' }
  | {
      outcome: 'intact';
      /** Entries that were read. */
      checked: number;
      /** Of them, those whose details are erased. */
      erased: number;
      /** The last one read: `after` of the next part, and the anchor to keep. */
      last: Anchor;
      /** The chain's end was reached and checked. */
      isComplete: boolean;
    };

export interface Part {
  tenant: string;
  /** Details of later entries are not erased yet (`cutOffs()` of `auditDays`): one without them was changed. */
  erasedBefore: Date;
  /** Verified before, or kept elsewhere: it must still be there with this hash. From the beginning where it is absent. */
  after?: Anchor | undefined;
  /** Entries that one call reads at most. */
  limit?: number;
}

const pageSize = 1_000;

/**
 * Verifies a tenant's chain, or a part of it, a page at a time, as it was at one moment.
 * @returns the first entry that is not as it was recorded
 */
export async function verifyAudit(ledger: Pick<Ledger, 'db' | 'sealing'>, part: Part): Promise<Verification> {
  const { tenant, erasedBefore, after, limit = 100_000 } = part;
  return ledger.db
    .transaction()
    .setIsolationLevel('repeatable read')
    .setAccessMode('read only')
    .execute(async (tx) => {
      const { sealing } = ledger;
      const walk: Walk = { sealing, tx, tenant, erasedBefore, last: after ?? first, checked: 0, erased: 0 };
      const start = after === undefined || after.seq === 0 ? null : await checkAnchor(walk, after);
      return start ?? (await verifyPages(walk, limit));
    });
}

const first: Anchor = { seq: 0, hash: noHash.toString('hex') };

type Row = Selectable<AuditEntriesTable>;
type Broken = Extract<Verification, { outcome: 'broken' }>;

interface Walk {
  sealing: Sealing;
  tx: Tx;
  tenant: string;
  erasedBefore: Date;
  last: Anchor;
  checked: number;
  erased: number;
}

const broken = ({ checked }: Walk, seq: number, how: Break): Broken => ({ outcome: 'broken', seq, how, checked });

/** Whether an entry that was seen before is the same now. */
async function checkAnchor(walk: Walk, anchor: Anchor): Promise<Broken | null> {
  const [row] = await readRows(walk, anchor.seq - 1, 1);
  if (row === undefined) return broken(walk, (await lastSeq(walk)) + 1, 'truncated');
  if (Number(row.seq) !== anchor.seq) return broken(walk, anchor.seq, 'removed');
  return row.hash.toString('hex') === anchor.hash ? null : broken(walk, anchor.seq, 'changed');
}

async function verifyPages(walk: Walk, limit: number): Promise<Verification> {
  while (walk.checked < limit) {
    const wanted = Math.min(pageSize, limit - walk.checked);
    const rows = await readRows(walk, walk.last.seq, wanted);
    for (const row of rows) {
      const how = howBroken(walk, row);
      if (how !== null) return broken(walk, walk.last.seq + 1, how);
      walk.last = { seq: Number(row.seq), hash: row.hash.toString('hex') };
      walk.checked += 1;
      if (row.sealed === null) walk.erased += 1;
    }
    if (rows.length < wanted) return verifyEnd(walk);
  }
  return intact(walk, false);
}

const intact = ({ checked, erased, last }: Walk, isComplete: boolean): Verification => ({
  outcome: 'intact',
  checked,
  erased,
  last,
  isComplete,
});

function howBroken(walk: Walk, row: Row): Break | null {
  const { sealing, last } = walk;
  const seq = Number(row.seq);
  const entry: Chained = { ...row, seq };
  const isFollowing = row.previous_hash.toString('hex') === last.hash;
  if (seq !== last.seq + 1) return 'removed';
  if (isFollowing && hashOf(sealing, entry).equals(row.hash)) return areDetailsRight(walk, row) ? null : 'changed';
  return isOfAnotherPlace(sealing, entry, row.hash) ? 'reordered' : 'changed';
}

/** How far from its own place an entry is looked for, to tell one that was moved from one that was changed. */
const reach = 5_000;

function isOfAnotherPlace(sealing: Sealing, entry: Chained, hash: Buffer): boolean {
  for (let seq = Math.max(1, entry.seq - reach); seq <= entry.seq + reach; seq += 1)
    if (seq !== entry.seq && hashOf(sealing, { ...entry, seq }).equals(hash)) return true;
  return false;
}

/** Whether what is sealed, where it is not erased in due time, and the index of the actor are those that were recorded. */
function areDetailsRight({ sealing, erasedBefore }: Walk, row: Row): boolean {
  const { tenant, seq, at, sealed, digest, actor_index: index } = row;
  if (sealed === null) return index === null && at < erasedBefore;
  try {
    const details = parseDetails(sealing.unseal(sealed, sealedContext.auditDetails(tenant, seq)));
    return digestOf(sealing, details).equals(digest) && actorIndexOf(sealing, tenant, details.actor) === index;
  } catch {
    return false;
  }
}

/** No entry follows the last one read: is it the one that was recorded last? */
async function verifyEnd(walk: Walk): Promise<Verification> {
  const { sealing, tenant, tx, last } = walk;
  const head = await tx.selectFrom('audit_heads').selectAll().where('tenant', '=', tenant).executeTakeFirst();
  if (head === undefined) return last.seq === 0 ? { outcome: 'empty' } : broken(walk, last.seq, 'head_changed');
  const recorded = { seq: Number(head.last_seq), hash: head.last_hash.toString('hex') };
  if (!headMacOf(sealing, tenant, recorded).equals(head.mac)) return broken(walk, last.seq, 'head_changed');
  if (recorded.seq > last.seq) return broken(walk, last.seq + 1, 'truncated');
  return recorded.hash === last.hash ? intact(walk, true) : broken(walk, last.seq, 'head_changed');
}

async function readRows({ tx, tenant }: Walk, after: number, limit: number): Promise<readonly Row[]> {
  const { rows } = await sql<Row>`
    select * from audit_entries where tenant = ${tenant} and seq > ${after} order by seq limit ${limit}`.execute(tx);
  return rows;
}

async function lastSeq({ tx, tenant }: Walk): Promise<number> {
  const { rows } = await sql<{ seq: string | null }>`
    select max(seq) as seq from audit_entries where tenant = ${tenant}`.execute(tx);
  return Number(rows[0]?.seq ?? 0);
}
