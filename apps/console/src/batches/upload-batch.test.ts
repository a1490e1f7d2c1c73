import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { holdFor } from '@keycourier/journey/steps/hold';
import { readAudit } from '@keycourier/ledger/audit/read-audit';
import { readBatch } from '@keycourier/ledger/batches/batches';
import { readRows } from '@keycourier/ledger/batches/read-rows';
import type { Ledger } from '@keycourier/ledger/connect-ledger';
import { move } from '@keycourier/ledger/shipments/move';
import { temporaryLedgerDatabase, type TemporaryDatabase } from '@keycourier/ledger/testing/temporary-database';
import { until } from '@keycourier/runtime/testing/until';

import { closeAll } from '../testing/close-all.ts';
import { ada, grace, startTestConsole, type TestConsole } from '../testing/running-console.ts';
import { connectSampleLedger } from '../testing/sample-ledger.ts';
import { TestClient } from '../testing/test-client.ts';

let database: TemporaryDatabase;
let ledger: Ledger;
let running: TestConsole;
let client: TestClient;
let viewer: TestClient;

beforeAll(async () => {
  database = await temporaryLedgerDatabase();
  ledger = await connectSampleLedger(database.url);
  running = await startTestConsole({
    databaseUrl: database.url,
    operators: [
      { ...ada, role: 'operator' },
      { ...grace, role: 'viewer' },
    ],
  });
  [client, viewer] = [new TestClient(running.url), new TestClient(running.url)];
  await client.signIn(ada);
  await viewer.signIn(grace);
});

afterAll(async () => {
  await closeAll();
  await database.drop();
});

const html = async (path: string, as = client): Promise<string> => (await as.request(path)).text();
const tokenIn = (page: string): string => /name="_csrf" value="([^"]+)"/.exec(page)?.[1] ?? '';

const boundary = 'a-boundary-of-this-test';
async function upload(file: string, { token, encoding = 'utf8' }: { token?: string; encoding?: BufferEncoding } = {}) {
  const csrf = token ?? tokenIn(await html('/t/acme/batches/new'));
  const head =
    `--${boundary}\r\nContent-Disposition: form-data; name="_csrf"\r\n\r\n${csrf}\r\n` +
    `--${boundary}\r\nContent-Disposition: form-data; name="file"; filename="people.csv"\r\nContent-Type: text/csv\r\n\r\n`;
  const body = Buffer.concat([Buffer.from(head), Buffer.from(file, encoding), Buffer.from(`\r\n--${boundary}--\r\n`)]);
  return client.request('/t/acme/batches/new', {
    method: 'POST',
    headers: { origin: client.origin, 'content-type': `multipart/form-data; boundary=${boundary}` },
    body: new Uint8Array(body),
  });
}

const order = async (path: string, rows: string, reason = 'New hires of May'): Promise<Response> =>
  client.request(path, {
    method: 'POST',
    headers: { origin: client.origin, 'content-type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams({ _csrf: tokenIn(await html(path)), rows, reason }).toString(),
  });

/** What the worker would find: the person of `held` lacks something. */
async function check(batchId: string, held: string): Promise<void> {
  const { items } = await readRows(ledger, { batchId, after: 0, limit: 500 });
  for (const item of items) {
    if (item.outcome !== 'accepted') continue;
    const isHeld = item.shipment.secrets.login === held;
    await move(ledger, item.shipment.id, (shipment) =>
      isHeld
        ? holdFor(shipment, 'profile_problems', { now: new Date(), problems: [{ field: 'zipCode', code: 'missing' }] })
        : { change: { order: 'ready', profileChecked: true }, note: { event: 'profile.checked' } },
    );
  }
}

test('a file has a dry run, and its rows are ordered once, without the file', async () => {
  const sent = await upload('login,note\nada@x.example,first\nheld@x.example,\nada@x.example,again\nbob@x.example,\n');
  expect(sent.status).toBe(303);
  const path = sent.headers.get('location') ?? '';
  const id = path.split('/').at(-1) ?? '';
  expect(await readBatch(ledger, 'acme', id)).toMatchObject({ dryRun: true, total: 4, accepted: 3, rejectedTotal: 1 });
  expect(await html(path)).toContain('0 of 3 checked');
  expect(await html(path)).not.toContain('name="rows"');
  expect((await order(path, 'ready')).status).toBe(409);

  await check(id, 'held@x.example');
  // Counts of batches are kept for some seconds.
  const checked = await until(
    () => html(path),
    (page) => page.includes('3 of 3 checked'),
  );
  expect(checked).toContain('Order 2 keys');
  expect(checked).toContain('Order 3, of which 1 will be held');
  expect(checked).toContain('zipCode: missing');
  expect(await html(path, viewer)).not.toContain('name="rows"');

  expect((await order(path, 'ready', ' ')).status).toBe(422);
  const answers = await Promise.all([order(path, 'ready'), order(path, 'all')]);
  expect(answers.map(({ status }) => status)).toEqual([303, 303]);
  const [to, again] = answers.map((answer) => answer.headers.get('location'));
  expect(again).toBe(to);
  const ordered = to?.split('/').at(-1) ?? '';
  const { items } = await readRows(ledger, { batchId: ordered, after: 0, limit: 10 });
  expect(items).toMatchObject(
    expect.arrayContaining([
      expect.objectContaining({ row: 1, shipment: expect.objectContaining({ note: 'first' }) }),
      expect.objectContaining({ row: 4 }),
    ]),
  );
  for (const item of items) expect(item.outcome === 'accepted' && item.shipment.requestedBy).toMatch(/^operator:/);
  expect(await html(path)).toContain(ordered);
  const entries = await readAudit(ledger, { tenant: 'acme', actions: ['batch.uploaded'] }, { limit: 10 });
  expect(entries).toMatchObject([
    { subject: { id: ordered }, reason: 'New hires of May', detail: { dryRun: id } },
    { subject: { id }, detail: { dryRun: true, rows: 4 } },
  ]);
  expect(running.log()).not.toContain('x.example');

  // The sign-in was minutes ago, as far as a file is concerned: it takes logins out of the console.
  const result = `${path}/result`;
  expect((await viewer.request(result)).status).toBe(403);
  expect((await client.request(`/t/acme/batches/bat_${'0'.repeat(26)}/result`)).status).toBe(404);
  expect((await client.request(result)).headers.get('location')).toContain('/step-up?');
  await client.submit('/step-up', '/step-up', { password: ada.password });
  const download = async (reason: string): Promise<Response> =>
    client.request(result, {
      method: 'POST',
      headers: { origin: client.origin, 'content-type': 'application/x-www-form-urlencoded' },
      body: new URLSearchParams({ _csrf: tokenIn(await html(result)), reason }).toString(),
    });
  expect((await download('')).status).toBe(409);
  const lines = (await (await download('For the help desk')).text()).trim().split('\r\n');
  expect(lines[0]).toBe('row,status,login,userId,shipmentId,trackingUrl,problems,messages,suggestion');
  expect(lines).toHaveLength(5);
  expect(lines.filter((line) => line.includes('zipCode:missing'))).toHaveLength(1);
  expect(await readAudit(ledger, { tenant: 'acme', actions: ['export'] }, { limit: 5 })).toMatchObject([
    { subject: { kind: 'batch', id }, reason: 'For the help desk' },
  ]);
});

describe('a file that is', () => {
  test.each([
    ['empty', '', 'utf8', 422],
    ['only a header', 'login\n', 'utf8', 422],
    ['of unknown columns', 'colour,size\nred,1\n', 'utf8', 422],
    ['of repeated columns', 'login,Login\na@x.example,b@x.example\n', 'utf8', 422],
    ['in UTF-16', 'login\na@x.example\n', 'utf16le', 422],
    ['in Latin-1', 'login,note\na@x.example,Grüße\n', 'latin1', 422],
    ['of addresses that come from Okta', 'login,email\na@x.example,b@x.example\n', 'utf8', 422],
    ['of a first line that names its separator', 'sep=;\nlogin;note\nsep@x.example;yes\n', 'utf8', 303],
    ['of a row of commas', 'login,note\ncommas@x.example,\n,\n,,,,,\n', 'utf8', 303],
    [
      'of ten megabytes',
      `login,note\nlarge@x.example,${'x'.repeat(400)}\n${`,${' '.repeat(98)}\n`.repeat(100_000)}`,
      'utf8',
      303,
    ],
  ] as const)('%s is answered at once, by what is wrong with it', async (_what, file, encoding, status) => {
    const answer = await upload(file, { encoding });
    const page = await answer.text();
    expect([answer.status, page.includes('No row was accepted')]).toEqual([status, status === 422]);
    expect(page).not.toContain('@x.example');
  });

  test('sent by a foreign form, or by a viewer, is not received', async () => {
    expect((await upload('login\na@x.example\n', { token: 'wrong' })).status).toBe(403);
    expect((await viewer.request('/t/acme/batches/new')).status).toBe(403);
    expect(await html('/t/acme/batches', viewer)).not.toContain('/batches/new');
  });

  test('no file at all is refused', async () => {
    const token = tokenIn(await html('/t/acme/batches/new'));
    const answer = await client.request('/t/acme/batches/new', {
      method: 'POST',
      headers: { origin: client.origin, 'content-type': `multipart/form-data; boundary=${boundary}` },
      body: `--${boundary}\r\nContent-Disposition: form-data; name="_csrf"\r\n\r\n${token}\r\n--${boundary}--\r\n`,
    });
    expect(answer.status).toBe(422);
  });
});
