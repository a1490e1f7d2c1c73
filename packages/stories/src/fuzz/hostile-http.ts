import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';

import fc, { type Arbitrary } from 'fast-check';

import { hostileText } from './hostile-values.ts';
import { bytesOf, type App, type FuzzInput, type HttpRequest, type Kind } from './input.ts';

export type Header = readonly [string, string];

export const sometimes = <Value>(usual: Value, other: Arbitrary<Value>): Arbitrary<Value> =>
  fc.oneof({ weight: 9, arbitrary: fc.constant(usual) }, { weight: 1, arbitrary: other });

/** Without line ends, which would make another request of it: raw inputs do that. */
export const headerText = hostileText.map((text) =>
  Buffer.from(text, 'utf8')
    .toString('latin1')
    .replaceAll(/[\r\n\0]/g, ' ')
    .slice(0, 2_000),
);

const extraHeaders: Arbitrary<readonly Header[]> = fc.array(
  fc.tuple(
    fc.constantFrom(
      'accept',
      'accept-encoding',
      'range',
      'if-none-match',
      'if-modified-since',
      'origin',
      'referer',
      'x-forwarded-for',
      'x-forwarded-proto',
      'x-forwarded-host',
      'forwarded',
      'x-request-id',
      'request-id',
      'idempotency-key',
      'x-http-method-override',
      'sec-fetch-site',
      'cookie',
      'x-xsrf-token',
      'user-agent',
      'traceparent',
    ),
    headerText,
  ),
  { maxLength: 3 },
);

export const method = (usual: string): Arbitrary<string> =>
  sometimes(
    usual,
    fc.constantFrom(
      'GET',
      'HEAD',
      'POST',
      'PUT',
      'PATCH',
      'DELETE',
      'OPTIONS',
      'TRACE',
      'PROPFIND',
      'M-SEARCH',
      'PURGE',
    ),
  );

/** A path's segment, escaped or as it is; a request line has no blanks. */
export const segment = fc.oneof(
  fc.constantFrom(
    'shp_01kab3v6d2m8zq4w0xrt5y7n9c',
    'bat_01kab3v6d2m8zq4w0xrt5y7n9c',
    'key_x',
    'group-add',
    'acme',
    'intake',
    'job-1',
  ),
  hostileText.map((text) => encodeURIComponent(Buffer.from(text, 'utf8').toString('utf8'))),
  hostileText.map((text) =>
    Buffer.from(text, 'utf8')
      .toString('latin1')
      .replaceAll(/[\s\0]/g, ''),
  ),
);

const query = fc.oneof(
  { weight: 3, arbitrary: fc.constant('') },
  {
    weight: 1,
    arbitrary: fc
      .array(
        fc.tuple(
          fc.constantFrom(
            'status',
            'user',
            'cursor',
            'limit',
            'dryRun',
            'page',
            'to',
            'a[b]',
            '__proto__',
            'activeQueue',
            'jobsPerPage',
          ),
          segment,
        ),
        { maxLength: 4 },
      )
      .map((pairs) => `?${pairs.map(([name, value]) => `${name}=${value}`).join('&')}`),
  },
  { weight: 1, arbitrary: fc.nat({ max: 3_000 }).map((count) => `?${'a=1&'.repeat(count)}`) },
);

export const targetOf = (path: Arbitrary<string>): Arbitrary<string> =>
  fc.tuple(path, query).map(([head, tail]) => `${head}${tail}`.slice(0, 12_000));

export const pathOf = (template: string): Arbitrary<string> =>
  fc
    .tuple(...template.split('/').map((part) => (part.startsWith(':') ? segment : fc.constant(part))))
    .map((parts) => parts.join('/'));

/** What a bomb is made of: nothing that would be rows, which may take their time. */
const bombFiller = fc.constantFrom(',', ' ', '\n', '"', '"\n', '[', '{},', '{"a":', '\\', '0', 'é');

/** A body as it is, compressed as it says, or not as it says. */
const encoded = (body: Arbitrary<Buffer>): Arbitrary<{ bytes: Buffer; headers: readonly Header[] }> =>
  fc.tuple(body, fc.nat({ max: 19 }), bombFiller).map(([bytes, choice, filler]) => {
    if (choice === 0) return { bytes: gzipSync(bytes), headers: [['content-encoding', 'gzip']] };
    if (choice === 1) return { bytes: deflateSync(bytes), headers: [['content-encoding', 'deflate']] };
    if (choice === 2)
      return { bytes: brotliCompressSync(bytes, { params: {} }), headers: [['content-encoding', 'br']] };
    if (choice === 3) return { bytes, headers: [['content-encoding', 'gzip']] };
    if (choice === 4)
      return { bytes: gzipSync(Buffer.alloc(3_000_000, filler)), headers: [['content-encoding', 'gzip']] };
    if (choice === 5) return { bytes: chunked(bytes), headers: [['transfer-encoding', 'chunked']] };
    return { bytes, headers: [] };
  });

function chunked(bytes: Buffer): Buffer {
  const chunks: Buffer[] = [];
  for (let start = 0; start < bytes.length; start += 700) {
    const chunk = bytes.subarray(start, start + 700);
    chunks.push(Buffer.from(`${chunk.length.toString(16)}\r\n`), chunk, Buffer.from('\r\n'));
  }
  return Buffer.concat([...chunks, Buffer.from('0\r\n\r\n')]);
}

interface Shape {
  kind: Kind;
  app: App;
  method: Arbitrary<string>;
  target: Arbitrary<string>;
  headers: Arbitrary<readonly Header[]>;
  body: Arbitrary<Buffer> | null;
}

export const requestOf = ({ kind, app, body, ...shape }: Shape): Arbitrary<FuzzInput> =>
  fc
    .record({
      method: shape.method,
      target: shape.target,
      own: shape.headers,
      extra: extraHeaders,
      content: body === null ? fc.constant(null) : encoded(body),
    })
    .map(({ method: verb, target, own, extra, content }) => {
      const request: HttpRequest = {
        method: verb,
        target,
        headers: [['host', '127.0.0.1'], ['connection', 'close'], ...own, ...extra, ...(content?.headers ?? [])],
        body: content?.bytes ?? null,
      };
      return { kind, app, pieces: [bytesOf(request)], pauseMs: 0, isWhole: true };
    });

export const contentType = (usual: string): Arbitrary<Header> =>
  sometimes(
    usual,
    fc.oneof(
      fc.constantFrom(
        '',
        'text/plain',
        'application/json; charset=utf-16',
        'application/json;;;',
        'multipart/form-data; boundary=x',
        'application/x-www-form-urlencoded',
      ),
      headerText,
    ),
  ).map((value) => ['content-type', value] as const);
