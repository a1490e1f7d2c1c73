import fc, { type Arbitrary } from 'fast-check';

import { apps, type FuzzInput } from './input.ts';

const paths = [
  '/',
  '/okta/hooks/acme',
  '/v1/shipments',
  '/v1/batches',
  '/sign-in',
  '/queues/api/queues',
  '/healthz',
] as const;

const requestLines = fc.constantFrom(
  'GET / HTTP/1.1',
  'GET / HTTP/1.0',
  'GET /',
  'GET  /  HTTP/1.1',
  'get / HTTP/1.1',
  'GET / HTTP/9.9',
  'GET / HTTP/1.1 x',
  'GET * HTTP/1.1',
  'OPTIONS * HTTP/1.1',
  'GET http://example.com/ HTTP/1.1',
  'CONNECT example.com:443 HTTP/1.1',
  'TRACE / HTTP/1.1',
  'PRI * HTTP/2.0',
  'POST /okta/hooks/acme HTTP/1.1',
  'POST /v1/shipments HTTP/1.1',
  'POST /v1/batches HTTP/1.1',
  'PUT /\u0001 HTTP/1.1',
  `GET /${'a'.repeat(20_000)} HTTP/1.1`,
  'GET /%zz HTTP/1.1',
  'GET /\xff\xfe HTTP/1.1',
  '',
  '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03',
  'SSH-2.0-OpenSSH_9',
);

const headerLines = fc.constantFrom(
  'host: x',
  'host: x\r\nhost: y',
  'content-length: 5',
  'content-length: -1',
  'content-length: 5\r\ncontent-length: 6',
  'content-length: 99999999999999999999',
  'content-length: 0x5',
  'content-length: +5',
  'transfer-encoding: chunked',
  'transfer-encoding: chunked\r\ncontent-length: 5',
  'transfer-encoding: chunked, chunked',
  'transfer-encoding: identity, chunked',
  'transfer-encoding: xchunked',
  'transfer-encoding : chunked',
  'no colon',
  ': no name',
  'na me: x',
  'x: a\0b',
  'x: \x7f',
  ' folded: x',
  'x: a\r\n b',
  'x:',
  `x: ${'a'.repeat(17_000)}`,
  Array.from({ length: 2_100 }, (_, index) => `h${index}: x`).join('\r\n'),
  'connection: upgrade\r\nupgrade: websocket',
  'connection: upgrade\r\nupgrade: h2c',
  'expect: 100-continue',
  'expect: the unexpected',
  'connection: close',
  'connection: keep-alive',
  'te: trailers',
  'trailer: x',
  'cookie: ' + 'a=b; '.repeat(2_000),
  'authorization: Bearer ' + 'x'.repeat(5_000),
  'accept-encoding: gzip;q=x',
  'range: bytes=0-0,1-1,2-2',
  'content-encoding: gzip, gzip, gzip',
);

const bodies = fc.constantFrom(
  '',
  'hello',
  '5\r\nhello\r\n0\r\n\r\n',
  '5;ext="x"\r\nhello\r\n0\r\n\r\n',
  'ffffffffffffffff\r\nx',
  '-5\r\nhello\r\n',
  'z\r\nhello\r\n',
  '5\nhello\n0\n\n',
  '5\r\nhello',
  '0\r\ntrailer: x\r\n\r\n',
  `${'1\r\na\r\n'.repeat(2_000)}0\r\n\r\n`,
  `5;${'x'.repeat(20_000)}\r\nhello\r\n0\r\n\r\n`,
  '{"login":"a"}',
  '\0'.repeat(100),
);

const lineEnd = fc.constantFrom('\r\n', '\r\n', '\r\n', '\r\n', '\n', '\r');

const message = fc
  .tuple(requestLines, fc.array(headerLines, { maxLength: 5 }), bodies, lineEnd)
  .map(([line, headers, body, end]) => [line, ...headers, '', body].join(end));

/** Correct requests, one behind the other, before the first is answered. */
const pipeline = fc
  .array(fc.constantFrom(...paths), { minLength: 2, maxLength: 12 })
  .map((targets) => targets.map((target) => `GET ${target} HTTP/1.1\r\nhost: x\r\n\r\n`).join(''));

const bytes = fc.oneof(
  { weight: 5, arbitrary: message.map((text) => Buffer.from(text, 'latin1')) },
  { weight: 2, arbitrary: pipeline.map((text) => Buffer.from(text, 'latin1')) },
  { weight: 1, arbitrary: fc.uint8Array({ maxLength: 300 }).map((array) => Buffer.from(array)) },
);

/** Anything that a socket may carry: slowly, cut off anywhere, and never with the promise of an answer. */
export const rawInput: Arbitrary<FuzzInput> = fc
  .record({
    app: fc.constantFrom(...apps),
    all: bytes,
    cut: fc.option(fc.double({ min: 0, max: 1, noNaN: true })),
    split: fc.constantFrom(1, 1, 1, 2, 5),
    pauseMs: fc.constantFrom(0, 0, 0, 5, 20),
  })
  .map(({ app, all, cut, split, pauseMs }) => {
    const sent = cut === null ? all : all.subarray(0, Math.floor(all.length * cut));
    const size = Math.max(Math.ceil(sent.length / split), 1);
    const pieces = Array.from({ length: Math.ceil(sent.length / size) }, (_, index) =>
      sent.subarray(index * size, (index + 1) * size),
    );
    return { kind: 'raw', app, pieces, pauseMs: split === 1 ? 0 : pauseMs, isWhole: false };
  });
