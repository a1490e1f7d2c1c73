import { Readable } from 'node:stream';
import type { Worker } from 'node:worker_threads';

import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { Answer } from '@keycourier/http/answer';
import { isUnavailable } from '@keycourier/http/answer-failure';
import { createApiKey } from '@keycourier/ledger/api-keys/api-keys';
import { connectLedger, type Ledger, type LedgerOptions } from '@keycourier/ledger/connect-ledger';
import { createSealing, generateKeyring, parseKeyring } from '@keycourier/ledger/sealing';
import { databaseProxy } from '@keycourier/ledger/testing/database-proxy';
import { temporaryLedgerDatabase, type TemporaryDatabase } from '@keycourier/ledger/testing/temporary-database';
import { keepUpload, type KeptBody } from '@keycourier/operations/batches/keep-upload';
import { openUploads } from '@keycourier/operations/testing/open-uploads';
import { createContention } from '@keycourier/runtime/contention';
import { until } from '@keycourier/runtime/testing/until';
import { sql } from 'kysely';

import { refuse } from '../problems.ts';
import { nfc } from '../testing/running-api.ts';
import type { WriteBatch, FileToWrite } from './batch-to-write.ts';
import { createBatchThread, type BatchThread } from './start-batch-thread.ts';
import { createWriteBatch } from './write-batch.ts';

const sealing = createSealing(parseKeyring(generateKeyring()));

let database: TemporaryDatabase;
let ledger: Ledger;
let apiKeyId: string;
let contended: boolean;
let options: LedgerOptions;
let thread: BatchThread | null;
let workers: Worker[];

const startThread = (): BatchThread =>
  (thread = createBatchThread({ ledger: options, tenants: [], contention: { isContended: () => contended } }));

const onWorker = (worker: Worker): void => void workers.push(worker);

beforeEach(async () => {
  [contended, workers, thread] = [false, [], null];
  process.on('worker', onWorker);
  database = await temporaryLedgerDatabase();
  // Statements wait as long as a busy machine needs.
  options = { databaseUrl: database.url, sealing, maxConnections: 3, maxRequestsInFlight: () => 1, use: 'migration' };
  ledger = connectLedger(options);
  ({ id: apiKeyId } = await createApiKey(ledger, { tenant: 'globex', name: 'test', scopes: ['write'] }));
});
afterEach(async () => {
  process.off('worker', onWorker);
  await thread?.close();
  await ledger.close();
  await database.drop();
});

const csvOf = (count: number): string =>
  `login,city\n${Array.from({ length: count }, (_, index) => `person-${index}@globex.example,Astoria`).join('\n')}\n`;

const kept = async (text: string): Promise<KeptBody> =>
  (await keepUpload(Readable.from([text], { objectMode: false }), { take: () => undefined, leave: () => undefined }))
    .kept;

async function aFile(text: string, more: { refusal?: Answer; idempotencyKey?: string } = {}): Promise<FileToWrite> {
  return {
    kind: 'file',
    sender: {
      tenant: {
        name: 'globex',
        products: [nfc],
        pinPolicy: { recipient: 'auto', channel: 'smtp', release: 'on_activation' },
      },
      requestedBy: apiKeyId,
      apiKeyId,
      refusal: more.refusal ?? null,
    },
    once: { apiKeyId, idempotencyKey: more.idempotencyKey, route: 'POST /v1/batches', body: text.length },
    mediaType: 'text/csv',
    body: await kept(text),
    dryRun: false,
  };
}

async function countShipments(): Promise<number> {
  const { rows } = await sql<{ count: number }>`select count(*)::int from shipments`.execute(ledger.db);
  return rows[0]?.count ?? 0;
}

/** Statements of the one transaction that inserted them. */
async function countInserts(): Promise<number> {
  const { rows } = await sql<{ count: number }>`select count(distinct cmin::text)::int from shipments`.execute(
    ledger.db,
  );
  return rows[0]?.count ?? 0;
}

describe.each<[string, () => WriteBatch]>([
  ['in the thread of the caller', () => createWriteBatch({ ledger, contention: createContention() })],
  ['in a thread of its own', () => startThread().writeBatch],
])('a batch that is written %s', (_where, writer) => {
  test.each([3, 4_000])('writes a file of %i rows, and leaves no file open', async (count) => {
    const writeBatch = writer();
    const { body, status } = await writeBatch(await aFile(csvOf(count)));
    expect({ status, body }).toMatchObject({ status: 202, body: { total: count, accepted: count, rejected: [] } });
    expect(await countShipments()).toBe(count);
    expect((await writeBatch(await aFile(csvOf(count)))).body).toMatchObject({ total: count, rejectedTotal: count });
    expect(await openUploads()).toEqual([]);
  });

  test('refuses a file that is unreadable, or has what its sender may not send', async () => {
    const writeBatch = writer();
    expect(await writeBatch(await aFile('login\n'))).toMatchObject({ status: 400, body: { code: 'bad_request' } });
    const refusal = refuse('overrides_forbidden', 'No.');
    expect(await writeBatch(await aFile(csvOf(1), { refusal }))).toEqual(refusal);
    expect(await countShipments()).toBe(0);
  });

  test('answers a repeated Idempotency-Key with the first answer', async () => {
    const writeBatch = writer();
    const first = await writeBatch(await aFile(csvOf(2), { idempotencyKey: 'once' }));
    const again = await writeBatch(await aFile(csvOf(2), { idempotencyKey: 'once' }));
    expect(again).toEqual({ ...first, headers: { 'idempotency-replayed': 'true' } });
  });

  test('fails with what the database says, and no later one with it', async () => {
    const writeBatch = writer();
    const file = await aFile(csvOf(1));
    await sql`alter table batches rename to elsewhere`.execute(ledger.db);
    const error: unknown = await writeBatch(file).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: '42P01', message: 'relation "batches" does not exist' });
    expect(isUnavailable(error)).toBe(true);
    await sql`alter table elsewhere rename to batches`.execute(ledger.db);
    expect(await writeBatch(await aFile(csvOf(1)))).toMatchObject({ status: 202 });
  });
});

describe('the thread', () => {
  test('writes fewer rows at once while others have work', async () => {
    const { writeBatch } = startThread();
    await writeBatch(await aFile(csvOf(250)));
    expect(await countInserts()).toBe(1);
    await sql`delete from shipments`.execute(ledger.db);
    contended = true;
    await writeBatch(await aFile(csvOf(250)));
    expect(await countInserts()).toBe(10);
  });

  test('that ends takes its batches along, and the next has a new one', async () => {
    const { writeBatch } = startThread();
    await ledger.db.transaction().execute(async (tx) => {
      await sql`lock table batches`.execute(tx);
      const waiting = writeBatch(await aFile(csvOf(1_000)));
      waiting.catch(() => undefined);
      await until(
        async () =>
          (
            await sql`select from pg_locks where not granted and database = (select oid from pg_database where datname = current_database())`.execute(
              ledger.db,
            )
          ).rows,
        ({ length }) => length > 0,
      );
      await workers[0]?.terminate();
      await expect(waiting).rejects.toMatchObject({ code: 'thread_ended' });
    });
    expect(await writeBatch(await aFile(csvOf(1)))).toMatchObject({ body: { accepted: 1 } });
    expect(workers).toHaveLength(2);
  });

  test('fails as unavailable while the database is frozen, and writes again when it answers', async () => {
    const proxy = await databaseProxy(database.url);
    options = { ...options, databaseUrl: proxy.url, use: 'bulk' };
    const { writeBatch, close } = startThread();
    // A database that is only slow is taken for a frozen one after a second.
    const write = async (count: number): Promise<unknown> =>
      writeBatch(await aFile(csvOf(count))).catch((error: unknown) => (isUnavailable(error) ? null : error));
    await until(
      () => write(1),
      (answer) => answer !== null,
    );
    expect(await countShipments()).toBe(1);
    proxy.freeze();
    expect(await write(1)).toBeNull();
    proxy.thaw();
    const answer = await until(
      () => write(2),
      (one) => one !== null,
    );
    expect(answer).toMatchObject({ status: 202, body: { total: 2 } });
    expect(await countShipments()).toBe(2);
    await close();
    await proxy.close();
  });

  test('does what it has been given before it closes', async () => {
    const { writeBatch, close } = startThread();
    const answer = writeBatch(await aFile(csvOf(1_000)));
    const closed = close();
    expect(await answer).toMatchObject({ status: 202 });
    await closed;
    expect(await countShipments()).toBe(1_000);
  });
});
