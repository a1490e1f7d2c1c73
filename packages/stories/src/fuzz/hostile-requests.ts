import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';

import fc, { type Arbitrary } from 'fast-check';

import { csvFile, delivery, jsonBatch, jsonBody } from './hostile-documents.ts';
import { hostileText, mutated } from './hostile-values.ts';
import { bytesOf, type App, type FuzzInput, type HttpRequest, type Kind } from './input.ts';
import type { Credentials } from './targets.ts';

type Header = readonly [string, string];

const sometimes = <Value>(usual: Value, other: Arbitrary<Value>): Arbitrary<Value> =>
  fc.oneof({ weight: 9, arbitrary: fc.constant(usual) }, { weight: 1, arbitrary: other });

/** Without line ends, which would make another request of it: raw inputs do that. */
const headerText = hostileText.map((text) =>
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

const method = (usual: string): Arbitrary<string> =>
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
const segment = fc.oneof(
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

const targetOf = (path: Arbitrary<string>): Arbitrary<string> =>
  fc.tuple(path, query).map(([head, tail]) => `${head}${tail}`.slice(0, 12_000));

const pathOf = (template: string): Arbitrary<string> =>
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

const requestOf = ({ kind, app, body, ...shape }: Shape): Arbitrary<FuzzInput> =>
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

const contentType = (usual: string): Arbitrary<Header> =>
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

export function hookInput({ hookSecret }: Credentials): Arbitrary<FuzzInput> {
  return requestOf({
    kind: 'hook',
    app: 'receiver',
    method: method('POST'),
    target: sometimes('/okta/hooks/acme', targetOf(fc.oneof(pathOf('/okta/hooks/:id'), pathOf('/:a/:b')))),
    headers: fc
      .tuple(sometimes(hookSecret, headerText), contentType('application/json'), headerText)
      .map(([secret, type, challenge]) => [
        ['authorization', secret],
        type,
        ['x-okta-verification-challenge', challenge],
      ]),
    body: mutated(delivery),
  });
}

const apiPaths = fc.constantFrom(
  ['POST', '/v1/shipments'],
  ['POST', '/v1/shipments'],
  ['GET', '/v1/shipments'],
  ['GET', '/v1/shipments/:id'],
  ['GET', '/v1/shipments/:id/events'],
  ['POST', '/v1/shipments/:id/retry'],
  ['POST', '/v1/shipments/:id/cancel'],
  ['POST', '/v1/shipments/:id/corrections'],
  ['POST', '/v1/shipments/:id/release-pin'],
  ['POST', '/v1/batches'],
  ['GET', '/v1/batches/:id'],
  ['GET', '/v1/batches/:id/rows'],
  ['GET', '/v1/batches/:id/result.csv'],
  ['GET', '/v1/flows'],
  ['PATCH', '/v1/flows/:slug'],
  ['POST', '/v1/keys'],
  ['GET', '/v1/keys'],
  ['POST', '/v1/keys/:id/rotate'],
  ['DELETE', '/v1/keys/:id'],
  ['GET', '/v1/events'],
  ['GET', '/v1/openapi.json'],
  ['GET', '/docs'],
  ['GET', '/healthz'],
  ['GET', '/readyz'],
  ['GET', '/:a/:b/:c'],
);

const authorization = (apiKey: string): Arbitrary<Header> =>
  sometimes(`Bearer ${apiKey}`, headerText).map((value) => ['authorization', value] as const);

export function apiInput({ apiKey }: Credentials): Arbitrary<FuzzInput> {
  return apiPaths.chain(([verb = 'GET', path = '/']) =>
    requestOf({
      kind: 'api',
      app: 'api',
      method: method(verb),
      target: targetOf(pathOf(path)),
      headers: fc.tuple(authorization(apiKey), contentType('application/json')),
      body: verb === 'GET' ? null : mutated(jsonBody),
    }),
  );
}

const batchInput = (
  { apiKey }: Credentials,
  kind: 'csv' | 'json-batch',
  type: string,
  file: Arbitrary<Buffer>,
): Arbitrary<FuzzInput> =>
  requestOf({
    kind,
    app: 'api',
    method: fc.constant('POST'),
    target: fc.constantFrom('/v1/batches', '/v1/batches?dryRun=true'),
    headers: fc.tuple(fc.constant(['authorization', `Bearer ${apiKey}`] as const), contentType(type)),
    body: file,
  });

const asUtf16 = (file: Arbitrary<Buffer>): Arbitrary<Buffer> =>
  fc.oneof(
    { weight: 19, arbitrary: file },
    { weight: 1, arbitrary: file.map((bytes) => Buffer.from(`\ufeff${bytes.toString('utf8')}`, 'utf16le')) },
  );

export const csvInput = (credentials: Credentials): Arbitrary<FuzzInput> =>
  batchInput(credentials, 'csv', 'text/csv', asUtf16(mutated(csvFile)));
export const jsonBatchInput = (credentials: Credentials): Arbitrary<FuzzInput> =>
  batchInput(credentials, 'json-batch', 'application/json', asUtf16(mutated(jsonBatch)));

const form = fc
  .array(fc.tuple(fc.constantFrom('user', 'password', '_csrf', 'to', 'a[b][c]', '__proto__'), segment), {
    maxLength: 5,
  })
  .map((fields) => fields.map(([name, value]) => `${name}=${value}`).join('&'));

export function consoleInput({ cookie }: Credentials): Arbitrary<FuzzInput> {
  const cookies = fc.oneof({ weight: 3, arbitrary: fc.constant(cookie) }, { weight: 1, arbitrary: headerText });
  return fc
    .constantFrom(
      ['GET', '/'],
      ['GET', '/sign-in'],
      ['POST', '/sign-in'],
      ['GET', '/sign-out'],
      ['POST', '/'],
      ['GET', '/assets/:a'],
      ['GET', '/assets/:a/:b'],
      ['GET', '/:a'],
      ['GET', '/healthz'],
      ['POST', '/:a/:b'],
    )
    .chain(([verb = 'GET', path = '/']) =>
      requestOf({
        kind: 'console',
        app: 'console',
        method: fc.constant(verb),
        target: targetOf(pathOf(path)),
        headers: fc
          .tuple(cookies, contentType('application/x-www-form-urlencoded'))
          .map(([value, type]) => [['cookie', value], type]),
        body: verb === 'GET' ? null : mutated(form),
      }),
    );
}

export function boardInput({ cookie, csrfToken }: Credentials, origin: string): Arbitrary<FuzzInput> {
  const paths = fc.constantFrom(
    ['GET', '/queues'],
    ['GET', '/queues/queue/:name'],
    ['GET', '/queues/api/queues'],
    ['GET', '/queues/api/queues/:name/:job'],
    ['GET', '/queues/api/queues/:name/:job/logs'],
    ['PUT', '/queues/api/queues/:name/:job/retry'],
    ['PUT', '/queues/api/queues/:name/retry/:status'],
    ['PUT', '/queues/api/queues/:name/clean/:status'],
    ['PUT', '/queues/api/queues/:name/pause'],
    ['POST', '/queues/api/queues/:name/add'],
    ['PATCH', '/queues/api/queues/:name/:job/update-data'],
    ['PUT', '/queues/api/queues/:name/empty'],
    ['GET', '/queues/static/:file'],
    ['GET', '/queues/:a/:b/:c'],
  );
  return paths.chain(([verb = 'GET', path = '/']) =>
    requestOf({
      kind: 'board',
      app: 'console',
      method: method(verb),
      target: targetOf(pathOf(path)),
      headers: fc
        .tuple(sometimes(csrfToken, headerText), contentType('application/json'))
        .map(([token, type]) => [['cookie', cookie], ['origin', origin], ['x-xsrf-token', token], type]),
      body: verb === 'GET' ? null : mutated(jsonBody),
    }),
  );
}
