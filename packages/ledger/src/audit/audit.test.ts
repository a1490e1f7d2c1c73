import { afterAll, beforeEach, describe, expect, test } from '@jest/globals';
import { sql } from 'kysely';

import { eraseAuditDetails } from '../retention/erase-audit-details.ts';
import { createSealing, generateKeyring, parseKeyring } from '../sealing.ts';
import { closeTestLedgers, connectTestLedger, type TestLedger } from '../testing/connect-test-ledger.ts';
import type { NewAuditEntry } from './entry.ts';
import { countAudit, readAudit } from './read-audit.ts';
import { recordAudit } from './record-audit.ts';
import { verifyAudit } from './verify-audit.ts';

afterAll(closeTestLedgers);

let opened: TestLedger;
beforeEach(async () => {
  opened = await connectTestLedger();
});

const entryOf = (more: Partial<NewAuditEntry> = {}): NewAuditEntry => ({
  tenant: 'acme',
  actor: { kind: 'operator', id: 'anna@example.com', role: 'operator' },
  action: 'shipment.retry',
  subject: { kind: 'shipment', id: 'shp_1' },
  ...more,
});
const record = (more: Partial<NewAuditEntry> = {}) => recordAudit(opened.ledger, entryOf(more));
const recordSome = async (count: number): Promise<void> => {
  for (let index = 1; index <= count; index += 1) await record({ subject: { kind: 'shipment', id: `shp_${index}` } });
};
/** Details of all entries are kept, unless a test says until when they were erased. */
const keptSince = new Date(0);
const verify = (tenant = 'acme', erasedBefore = keptSince) => verifyAudit(opened.ledger, { tenant, erasedBefore });
const read = () => readAudit(opened.ledger, { tenant: 'acme' }, { limit: 100 });

/** What only the owner of the database can do. */
const tamper = (statement: string): Promise<void> =>
  opened.ledger.db.transaction().execute(async (tx) => {
    await sql`set local session_replication_role = replica`.execute(tx);
    await sql.raw(statement).execute(tx);
  });

describe('an entry', () => {
  test('is read as it was recorded', async () => {
    const reason = 'the parcel went to the wrong floor';
    const anchor = await record({ reason, requestId: 'req-1', detail: { count: 3, flow: 'group-add' } });
    expect(await read()).toEqual([
      {
        seq: 1,
        at: opened.clock.now,
        actor: { kind: 'operator', id: 'anna@example.com', role: 'operator' },
        action: 'shipment.retry',
        subject: { kind: 'shipment', id: 'shp_1' },
        detail: { count: 3, flow: 'group-add' },
        reason,
        requestId: 'req-1',
        hash: anchor.hash,
        isErased: false,
      },
    ]);
  });

  test('has who acted and why encrypted alone', async () => {
    await record({ reason: 'asked by Anna Schmidt' });
    const { rows } = await sql<{ row: string }>`select audit_entries::text as row from audit_entries`.execute(
      opened.ledger.db,
    );
    // With characters that what is sealed, which is random, has none of.
    expect(rows[0]?.row).not.toMatch(/anna@|anna schmidt/i);
  });

  test.each([
    [{ subject: { kind: 'operator', id: 'anna@example.com' } }],
    [{ subject: { kind: 'person', id: 'Anna Schmidt' } }],
    [{ detail: { login: 'anna@example.com' } }],
    [{ reason: 'x'.repeat(1_001) }],
  ])('that may show personal data, or is too long, is refused: %j', async (more) => {
    await expect(record(more)).rejects.toMatchObject({ code: 'bad_audit_entry' });
    expect(await read()).toEqual([]);
  });

  test('of a transaction that fails is not recorded, and the next one takes its place', async () => {
    await record();
    const failing = opened.ledger.db.transaction().execute(async (tx) => {
      await recordAudit({ ...opened.ledger, db: tx }, entryOf());
      await sql`select 1 / 0`.execute(tx);
    });
    await expect(failing).rejects.toThrow('division by zero');
    expect((await record()).seq).toBe(2);
    expect(await verify()).toMatchObject({ outcome: 'intact', checked: 2 });
  });

  test.each([
    `update audit_entries set action = 'shipment.cancel'`,
    `update audit_entries set sealed = null`,
    `update audit_entries set sealed = null, actor_index = null`,
    `update audit_entries set sealed = null, actor_index = null, role = 'viewer'`,
    `delete from audit_entries`,
    `truncate audit_entries`,
    `update audit_heads set last_seq = 0`,
    `delete from audit_heads`,
    `truncate audit_heads`,
  ])('cannot be changed: %s', async (statement) => {
    await record();
    await expect(sql.raw(statement).execute(opened.ledger.db)).rejects.toThrow('append-only');
    expect(await verify()).toMatchObject({ outcome: 'intact', checked: 1 });
  });
});

test('fifty entries at once, from two processes, are one chain without gaps; another tenant has its own', async () => {
  const others = opened.openAnother();
  const recorded = await Promise.all(
    Array.from({ length: 50 }, (_, index) => recordAudit(index % 2 === 0 ? opened.ledger : others, entryOf())),
  );
  await record({ tenant: 'globex' });
  expect(recorded.map(({ seq }) => seq).toSorted((a, b) => a - b)).toEqual(Array.from({ length: 50 }, (_, i) => i + 1));
  expect(await verify()).toMatchObject({ outcome: 'intact', checked: 50, isComplete: true });
  expect(await verify('globex')).toMatchObject({ outcome: 'intact', checked: 1 });
});

describe('entries are found', () => {
  const seqs = async (filter: object, page = {}) =>
    (await readAudit(opened.ledger, { tenant: 'acme', ...filter }, { limit: 2, ...page })).map(({ seq }) => seq);

  test('by actor, action, subject and time, newest first, a page at a time', async () => {
    await record();
    await record({ actor: { kind: 'api_key', id: 'key_1', role: 'write' }, action: 'shipment.cancel' });
    await record({ subject: { kind: 'flow', id: 'group-add' }, action: 'flow.switched' });
    await record({ tenant: 'globex' });
    opened.clock.now = new Date(opened.clock.now.getTime() + 60_000);
    await record();
    expect(await seqs({})).toEqual([4, 3]);
    expect(await seqs({}, { before: 3 })).toEqual([2, 1]);
    expect(await seqs({}, { after: 1 })).toEqual([2, 3]);
    expect(await seqs({ actor: 'key_1' })).toEqual([2]);
    expect(await seqs({ actions: ['shipment.cancel', 'flow.switched'] })).toEqual([3, 2]);
    expect(await seqs({ subjectId: 'group-add' })).toEqual([3]);
    expect(await seqs({ subjectKind: 'shipment' })).toEqual([4, 2]);
    expect(await seqs({ from: opened.clock.now })).toEqual([4]);
    expect(await seqs({ until: opened.clock.now })).toEqual([3, 2]);
    expect(await countAudit(opened.ledger, { tenant: 'acme' }, 1_000)).toBe(4);
    expect(await countAudit(opened.ledger, { tenant: 'acme' }, 3)).toBe(3);
  });
});

describe('the chain shows by its first broken entry', () => {
  beforeEach(() => recordSome(6));

  test.each([
    [`update audit_entries set action = 'shipment.cancel' where seq = 3`, 3, 'changed'],
    [`update audit_entries set at = at - interval '1 ms' where seq = 3`, 3, 'changed'],
    [`update audit_entries set sealed = (select sealed from audit_entries where seq = 4) where seq = 3`, 3, 'changed'],
    [`update audit_entries set actor_index = 'x' where seq = 3`, 3, 'changed'],
    [`update audit_entries set digest = hash where seq = 3`, 3, 'changed'],
    [`update audit_entries set sealed = null, actor_index = null where seq = 3`, 3, 'changed'],
    [`delete from audit_entries where seq = 3`, 3, 'removed'],
    [`delete from audit_entries where seq = 1`, 1, 'removed'],
    [`delete from audit_entries where seq = 3; update audit_entries set seq = seq - 1 where seq > 3`, 3, 'reordered'],
    [
      `update audit_entries set seq = 100 where seq = 3; update audit_entries set seq = 3 where seq = 4;
       update audit_entries set seq = 4 where seq = 100`,
      3,
      'reordered',
    ],
    [`delete from audit_entries where seq > 4`, 5, 'truncated'],
    [`delete from audit_entries`, 1, 'truncated'],
    [`delete from audit_entries where seq > 4; update audit_heads set last_seq = 4`, 4, 'head_changed'],
    [
      `delete from audit_entries where seq > 4; update audit_heads set last_seq = 4,
         last_hash = (select hash from audit_entries where seq = 4)`,
      4,
      'head_changed',
    ],
    [`delete from audit_heads`, 6, 'head_changed'],
  ])('%s', async (statement, seq, how) => {
    await tamper(statement);
    expect(await verify()).toMatchObject({ outcome: 'broken', seq, how });
  });

  test('an entry that was written without the key', async () => {
    const stranger = { ...opened.ledger, sealing: createSealing(parseKeyring(generateKeyring())) };
    await recordAudit(stranger, entryOf());
    expect(await verify()).toMatchObject({ outcome: 'broken', seq: 7, how: 'changed' });
  });

  test('an end that was put back with its head, beside an anchor that was kept elsewhere', async () => {
    const head = await opened.ledger.db.selectFrom('audit_heads').selectAll().executeTakeFirstOrThrow();
    const anchor = await record();
    await tamper(`delete from audit_entries where seq = 7; update audit_heads set last_seq = ${head.last_seq},
      last_hash = '\\x${head.last_hash.toString('hex')}', mac = '\\x${head.mac.toString('hex')}'`);
    expect(await verify()).toMatchObject({ outcome: 'intact', checked: 6 });
    const beside = () => verifyAudit(opened.ledger, { tenant: 'acme', erasedBefore: keptSince, after: anchor });
    expect(await beside()).toMatchObject({ outcome: 'broken', seq: 7, how: 'truncated' });
    await record({ action: 'shipment.cancel' });
    expect(await beside()).toMatchObject({ outcome: 'broken', seq: 7, how: 'changed' });
  });
});

test('a chain is verified in parts, each from where the one before ended', async () => {
  await recordSome(5);
  const one = await verifyAudit(opened.ledger, { tenant: 'acme', erasedBefore: keptSince, limit: 2 });
  expect(one).toMatchObject({ outcome: 'intact', checked: 2, isComplete: false, last: { seq: 2 } });
  const after = one.outcome === 'intact' ? one.last : undefined;
  const rest = await verifyAudit(opened.ledger, { tenant: 'acme', erasedBefore: keptSince, after });
  expect(rest).toMatchObject({ outcome: 'intact', checked: 3, isComplete: true, last: { seq: 5 } });
});

test('a chain of several pages is intact, and one without entries is empty', async () => {
  await opened.ledger.db.transaction().execute(async (tx) => {
    for (let index = 0; index < 1_001; index += 1) await recordAudit({ ...opened.ledger, db: tx }, entryOf());
  });
  expect(await verify()).toMatchObject({ outcome: 'intact', checked: 1_001, isComplete: true });
  expect(await verify('empty')).toEqual({ outcome: 'empty' });
  await tamper('delete from audit_entries; delete from audit_heads');
  expect(await verify()).toEqual({ outcome: 'empty' });
});

test('who acted and why are erased when their tenant’s time is over, and the chain stays whole', async () => {
  const dayMs = 24 * 3_600_000;
  opened.clock.now = new Date(opened.clock.now.getTime() - 2 * dayMs);
  await record({ reason: 'old' });
  await record({ tenant: 'globex', reason: 'old' });
  opened.clock.now = new Date(opened.clock.now.getTime() + 60_000);
  await record({ reason: 'new' });
  const before = opened.clock.now;
  const cutOffs = { ofTenants: [{ tenant: 'globex', before: new Date(0) }], ofOthers: before };
  expect(await eraseAuditDetails(opened.ledger, cutOffs, 10)).toBe(1);
  expect(await eraseAuditDetails(opened.ledger, cutOffs, 10)).toBe(0);
  const erased = { seq: 1, actor: { kind: 'operator', id: null, role: 'operator' }, reason: null, isErased: true };
  expect(await read()).toMatchObject([{ seq: 2, reason: 'new' }, erased]);
  expect(await readAudit(opened.ledger, { tenant: 'globex' }, { limit: 5 })).toMatchObject([{ reason: 'old' }]);
  expect(await verify('acme', before)).toMatchObject({ outcome: 'intact', checked: 2, erased: 1 });
  expect(await verify()).toMatchObject({ outcome: 'broken', seq: 1, how: 'changed' });
  await record();
  expect(await verify('acme', before)).toMatchObject({ outcome: 'intact', checked: 3 });
});
