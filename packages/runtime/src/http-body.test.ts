import { once } from 'node:events';
import { createServer, request, type IncomingMessage, type Server } from 'node:http';
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';

import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';

import { BodyError, drainBody, maxDecompression, readShortBody, streamBody } from './http-body.ts';

interface Outcome {
  bytes: number;
  refused: string | null;
}

const limitBytes = 64 * 1_048_576;
let outcome: Outcome;
let server: Server;
beforeAll(async () => {
  // No connection is closed as idle just when it is used again.
  server = createServer({ keepAliveTimeout: 0 }, (received, response) => {
    readAll(received).then(
      (read) => {
        outcome = read;
        response.end();
        received.resume();
      },
      () => response.destroy(),
    );
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
});
afterAll(() => {
  server.close();
});

async function readAll(received: IncomingMessage): Promise<Outcome> {
  let bytes = 0;
  try {
    for await (const chunk of streamBody(received, limitBytes)) bytes += Buffer.from(chunk).length;
    return { bytes, refused: null };
  } catch (error) {
    return { bytes, refused: error instanceof BodyError ? error.code : 'another error' };
  }
}

async function send(body: Uint8Array, headers: Readonly<Record<string, string>> = {}): Promise<Outcome> {
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const sending = request({ host: '127.0.0.1', port, method: 'POST', headers });
  sending.end(body);
  const [response] = await once(sending, 'response');
  response.resume();
  await once(response, 'end');
  return outcome;
}

const mebibytes = (count: number): Buffer => Buffer.alloc(count * 1_048_576, ',');

describe('a body', () => {
  const text = Buffer.from(Array.from({ length: 50_000 }, (_, index) => `someone-${index}@x.example`).join('\n'));

  test.each([
    ['identity', text],
    ['gzip', gzipSync(text)],
    ['deflate', deflateSync(text)],
    ['br', brotliCompressSync(text)],
    ['GZIP', gzipSync(text)],
  ])('in %s arrives whole', async (encoding, body) => {
    expect(await send(body, { 'content-encoding': encoding })).toEqual({ bytes: text.length, refused: null });
  });

  test('of repetitions arrives whole up to a mebibyte, however small it was', async () => {
    expect(await send(gzipSync(mebibytes(1)), { 'content-encoding': 'gzip' })).toEqual({
      bytes: maxDecompression.freeBytes,
      refused: null,
    });
  });

  test.each([
    ['gzip', gzipSync(mebibytes(60), { level: 9 })],
    ['deflate', deflateSync(mebibytes(60), { level: 9 })],
    ['br', brotliCompressSync(mebibytes(60))],
  ])('that %s has blown up is refused before it exists', async (encoding, bomb) => {
    const { bytes, refused } = await send(bomb, { 'content-encoding': encoding });
    expect(refused).toBe('expands_too_much');
    expect(bytes).toBeLessThanOrEqual(maxDecompression.freeBytes + maxDecompression.ratio * bomb.length);
    expect(bytes).toBeLessThan(10 * 1_048_576);
  });

  test('that announces more than its limit is refused unread', async () => {
    expect(await send(mebibytes(65), { 'content-length': String(65 * 1_048_576) })).toEqual({
      bytes: 0,
      refused: 'too_large',
    });
  });

  test('that does not announce it is refused where it passes its limit', async () => {
    const { bytes, refused } = await send(mebibytes(65), { 'transfer-encoding': 'chunked' });
    expect(refused).toBe('too_large');
    expect(bytes).toBeLessThanOrEqual(limitBytes);
  });

  test.each([
    ['in an unknown encoding', 'zstd', Buffer.from('x'), 'unknown_encoding'],
    ['with two encodings', 'gzip, br', gzipSync('x'), 'unknown_encoding'],
    ['called constructor', 'constructor', Buffer.from('x'), 'unknown_encoding'],
    ['that is not compressed as it says', 'gzip', Buffer.from('plain'), 'unreadable'],
    ['that is cut off', 'gzip', gzipSync(text).subarray(0, 1_000), 'unreadable'],
  ])('%s is refused', async (_what, encoding, body, refused) => {
    expect(await send(body, { 'content-encoding': encoding })).toMatchObject({ refused });
  });
});

describe('a short body', () => {
  type Sending = ReturnType<typeof request>;

  /** What a server reads whole of a request, which ends once it has arrived; null where it does not. */
  async function readWhole(headers: object, begin: string, end: (sending: Sending) => void): Promise<unknown> {
    let read: Promise<unknown> = Promise.resolve();
    const whole = createServer((received, response) => {
      const body = readShortBody(received, 10);
      read = body === null ? Promise.resolve(null) : body.then(String, (error: unknown) => error);
      void read.then(() => response.end());
      received.resume();
    }).listen(0, '127.0.0.1');
    await once(whole, 'listening');
    const address = whole.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    const sending = request({ host: '127.0.0.1', port, method: 'POST', headers: { ...headers } });
    sending.on('error', () => undefined);
    const arrived = once(whole, 'request');
    if (begin === '') sending.flushHeaders();
    else sending.write(begin);
    await arrived;
    end(sending);
    const result = await read;
    sending.destroy();
    whole.close();
    return result;
  }

  test('is read whole, in however many chunks it comes', async () => {
    const headers = { 'content-length': 10 };
    expect(await readWhole(headers, '0123456789', (sending) => sending.end())).toBe('0123456789');
    expect(await readWhole(headers, '01234', (sending) => sending.end('56789'))).toBe('0123456789');
    expect(await readWhole({ 'content-length': 0 }, '', (sending) => sending.end())).toBe('');
  });

  test('is one of a declared length that is not compressed', async () => {
    const end = (sending: Sending): unknown => sending.end();
    expect(await readWhole({ 'content-length': 11 }, '01234567890', end)).toBeNull();
    expect(await readWhole({ 'transfer-encoding': 'chunked' }, '0', end)).toBeNull();
    expect(await readWhole({ 'content-length': 1, 'content-encoding': 'gzip' }, '0', end)).toBeNull();
  });

  test('whose connection ends before it does is unreadable', async () => {
    const result = await readWhole({ 'content-length': 10 }, '01234', (sending) => sending.destroy());
    expect(result).toMatchObject({ code: 'unreadable' });
  });
});

test('the rest of a refused body is read, also after a second in which the process stood still', async () => {
  const drained = new Promise<boolean>((resolve) => {
    const refusing = createServer((received, response) => {
      const read = drainBody(received);
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1_100);
      void read.then(() => {
        response.setHeader('connection', 'close').end();
        refusing.close();
        resolve(received.complete);
      });
    });
    refusing.listen(0, '127.0.0.1', () => {
      const address = refusing.address();
      const port = typeof address === 'object' && address !== null ? address.port : 0;
      const sending = request({ host: '127.0.0.1', port, method: 'POST' });
      sending.on('error', () => undefined).end(mebibytes(16));
    });
  });
  expect(await drained).toBe(true);
});
