import { createHash, randomBytes } from 'node:crypto';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';

import { afterAll, beforeAll, expect, test } from '@jest/globals';

import { openUploads } from '../testing/open-uploads.ts';
import { keepUpload, readBody } from './keep-upload.ts';

const anyPlace = { take: () => undefined, leave: () => undefined };

// A folder of its own: other test files keep uploads at the same time.
const before = process.env['TMPDIR'];
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'keycourier-keep-upload-'));
  process.env['TMPDIR'] = folder;
});
afterAll(async () => {
  if (before === undefined) delete process.env['TMPDIR'];
  else process.env['TMPDIR'] = before;
  await rm(folder, { recursive: true });
});

const left = () => readdir(folder);

test('an upload can be read repeatedly, and its file has no name', async () => {
  const bytes = randomBytes(300_000);
  const upload = await keepUpload(
    Readable.from([bytes.subarray(0, 7), bytes.subarray(7)], { objectMode: false }),
    anyPlace,
  );
  expect(upload.sha256).toBe(createHash('sha256').update(bytes).digest('hex'));
  const { open, close } = readBody(upload.kept);
  expect(bytes.equals(await buffer(open()))).toBe(true);
  expect(bytes.equals(await buffer(open()))).toBe(true);
  expect(await left()).toEqual([]);
  expect(await openUploads()).toHaveLength(1);
  await close();
  expect(await openUploads()).toEqual([]);
  await upload.discard();
});

test('a small upload can be read repeatedly, and has no file', async () => {
  const upload = await keepUpload(Readable.from(['login\n', 'ada@example.com\n'], { objectMode: false }), anyPlace);
  expect(await openUploads()).toEqual([]);
  for (let read = 0; read < 2; read += 1)
    expect((await buffer(readBody(upload.kept).open())).toString()).toBe('login\nada@example.com\n');
  expect(upload.sha256).toBe(createHash('sha256').update('login\nada@example.com\n').digest('hex'));
  await upload.discard();
});

test('a partly read upload is discarded too', async () => {
  const upload = await keepUpload(Readable.from([randomBytes(1_000_000)]), anyPlace);
  const { open, close } = readBody(upload.kept);
  const [first] = await open().take(1).toArray();
  expect(first).toHaveLength(65_536);
  open();
  await close();
  await upload.discard();
});

test.each([6, 100_000])('an incomplete upload is not kept, of %i bytes', async (bytes) => {
  async function* broken() {
    yield Buffer.alloc(bytes, 'x');
    throw new RangeError('the client is gone');
  }
  await expect(keepUpload(Readable.from(broken()), anyPlace)).rejects.toThrow('the client is gone');
  expect(await left()).toEqual([]);
});
