import { gzipSync } from 'node:zlib';

import { maxJobsPerPage } from '@keycourier/console/board/check-board-request';
import { formLimits } from '@keycourier/console/create-app';
import { jsonBodyLimits } from '@keycourier/http/json-limits';
import * as api from '@keycourier/operations/batches/limits';
import { deliveryLimits } from '@keycourier/receiver/hooks/limits';
import { maxDecompression } from '@keycourier/runtime/http-body';

import type { Credentials } from '../fuzz/targets.ts';
import type { LimitCase } from './limit-case.ts';

type Headers = Readonly<Record<string, string>>;
type Row = [what: string, limit: number, body: string | Buffer, text: string, status?: number, headers?: Headers];
type FileRow = [what: string, limit: number, body: string | Buffer, expected: LimitCase['expected'], headers?: Headers];

const many = (count: number, one: string): string => Array.from({ length: count }, () => one).join(',');
const members = (count: number): string => Array.from({ length: count }, (_, index) => `"m${index}":0`).join(',');
const nested = (levels: number): string => '['.repeat(levels) + ']'.repeat(levels);
const gzip = { 'content-encoding': 'gzip' } as const;

/** Every limit of a request's size but SCIM's, with the constant that sets it. */
export function limitCases({ hookSecret, apiKey, cookie, csrfToken }: Omit<Credentials, 'scim'>): LimitCase[] {
  const delivery = (...[what, limit, body, text, status = 413, headers = {}]: Row): LimitCase => ({
    what: `delivery: ${what}`,
    limit,
    app: 'receiver',
    method: 'POST',
    path: '/okta/hooks/acme',
    headers: { authorization: hookSecret, ...headers },
    body,
    expected: [status, text],
  });
  const request = (...[what, limit, body, text, status = 413, headers = {}]: Row): LimitCase => ({
    what: `JSON body: ${what}`,
    limit,
    app: 'api',
    method: 'POST',
    path: '/v1/shipments',
    headers: { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json', ...headers },
    body,
    expected: [status, text],
  });
  const file = (...[what, limit, body, [status, text], headers = {}]: FileRow): LimitCase => ({
    what: `batch: ${what}`,
    limit,
    app: 'api',
    method: 'POST',
    path: '/v1/batches',
    headers: { authorization: `Bearer ${apiKey}`, 'content-type': 'text/csv', ...headers },
    body,
    expected: [status, text],
  });
  const events = (list: string): string => `{"data":{"events":[${list}]}}`;
  const json = { 'content-type': 'application/json' } as const;
  const { lists } = deliveryLimits;
  return [
    delivery('bytes', deliveryLimits.bytes, ' '.repeat(deliveryLimits.bytes + 1), '5 MiB'),
    delivery('events', lists['data.events'], events(many(lists['data.events'] + 1, '{}')), '500 events'),
    delivery(
      'events, two and a half million of them',
      lists['data.events'],
      gzipSync(events(many(300_000, '{}'))),
      '500 events',
      413,
      gzip,
    ),
    delivery('values', deliveryLimits.values, events(many(23, `[${many(9_000, '0')}]`)), 'values'),
    delivery(
      'members of an object',
      deliveryLimits.members,
      events(`{${members(deliveryLimits.members + 1)}}`),
      'members',
    ),
    delivery(
      'elements of a list',
      deliveryLimits.elements,
      events(`[${many(deliveryLimits.elements + 1, '0')}]`),
      'elements',
    ),
    delivery('levels', deliveryLimits.depth, events(nested(deliveryLimits.depth)), 'levels', 400),
    delivery(
      'growth when decompressed',
      maxDecompression.ratio,
      gzipSync(Buffer.alloc(4_900_000, ' ')),
      '100 times as large',
      413,
      gzip,
    ),
    request('bytes', jsonBodyLimits.bytes, `{"note":"${'x'.repeat(jsonBodyLimits.bytes)}"}`, '1 MiB'),
    request(
      'values',
      jsonBodyLimits.values,
      `{${Array.from({ length: 5 }, (_, index) => `"m${index}":[${many(400, '0')}]`).join(',')}}`,
      'values',
    ),
    request('members of an object', jsonBodyLimits.members, `{${members(jsonBodyLimits.members + 1)}}`, 'members'),
    request(
      'elements of a list',
      jsonBodyLimits.elements,
      `{"a":[${many(jsonBodyLimits.elements + 1, '0')}]}`,
      'elements',
    ),
    request(
      'characters of a text',
      jsonBodyLimits.characters,
      `{"a":"${'x'.repeat(jsonBodyLimits.characters + 1)}"}`,
      'too long',
    ),
    request('levels', jsonBodyLimits.depth, `{"a":${nested(jsonBodyLimits.depth)}}`, 'too deeply', 400),
    request('members of one name', 1, '{"login":"a","login":"b"}', 'line 1, column 14', 400),
    request(
      'growth when decompressed',
      maxDecompression.ratio,
      gzipSync(Buffer.alloc(1_040_000, ' ')),
      'Not valid JSON',
      400,
      gzip,
    ),
    file('MiB', api.maxMebibytes, Buffer.alloc(api.maxMebibytes * 1_048_576 + 1, 'a'), [413, '64 MiB']),
    file(
      'growth when decompressed',
      maxDecompression.ratio,
      gzipSync(Buffer.alloc(60_000_000, ',')),
      [413, '100 times as large'],
      gzip,
    ),
    file('columns', api.maxColumns, `login${',x'.repeat(api.maxColumns)}\na\n`, [400, '200 columns']),
    file('separators of a row', api.maxSeparators, `login,note\na${','.repeat(api.maxSeparators + 1)}\n`, [
      202,
      'extra_cells',
    ]),
    file('separators of a row, eight million of them', api.maxSeparators, `login,note\n${','.repeat(8_000_000)}\n`, [
      202,
      'extra_cells',
    ]),
    file('characters of a row', api.maxRowLength, `login,note\na,${'x'.repeat(api.maxRowLength + 1)}\n`, [
      202,
      'too_large',
    ]),
    file(
      'lines of a cell',
      api.maxLinesOfCell,
      `login,note\na,"${`${'-'.repeat(90)}\n`.repeat(api.maxLinesOfCell)}"\n`,
      [202, 'quote_not_closed'],
    ),
    file('rows with a broken quote', api.maxBrokenRows, `login,note\n${'a,"b"c\n'.repeat(api.maxBrokenRows + 1)}`, [
      400,
      '1,000 rows',
    ]),
    file('levels of a JSON body', api.maxDepth, `{"rows":[${nested(api.maxDepth)}]}`, [400, 'too deeply'], json),
    file(
      'characters of a row in JSON',
      api.maxRowLength,
      `{"rows":[{"note":"${'x'.repeat(api.maxRowLength)}"}]}`,
      [202, 'too_large'],
      json,
    ),
    {
      what: 'console: fields of a form',
      limit: formLimits.parameterLimit,
      app: 'console',
      method: 'POST',
      path: '/sign-in',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: 'a=1&'.repeat(formLimits.parameterLimit + 1),
      expected: [400, 'Invalid request'],
    },
    {
      what: 'console: bytes of a form',
      limit: 65_536,
      app: 'console',
      method: 'POST',
      path: '/sign-in',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: `a=${'x'.repeat(65_536)}`,
      expected: [400, 'Invalid request'],
    },
    {
      what: 'board: jobs of a page',
      limit: maxJobsPerPage,
      app: 'console',
      method: 'GET',
      path: `/queues/api/queues?activeQueue=intake&jobsPerPage=${maxJobsPerPage + 1}`,
      headers: { cookie, 'x-xsrf-token': csrfToken },
      body: null,
      expected: [400, 'at most 100 jobs'],
    },
    {
      what: 'any: bytes of a request line and headers',
      limit: 16_384,
      app: 'api',
      method: 'GET',
      path: `/v1/flows?a=${'x'.repeat(16_384)}`,
      headers: {},
      body: null,
      expected: [431, ''],
    },
  ];
}
