import { gzipSync } from 'node:zlib';

import { maxDecompression } from '@keycourier/runtime/http-body';
import { bulkLimits } from '@keycourier/scim-protocol/bulk/limits';
import { filterLimits } from '@keycourier/scim-protocol/filter/limits';
import { patchLimits } from '@keycourier/scim-protocol/patch/limits';
import { maxNames, pageLimits } from '@keycourier/scim-protocol/resources/search-request';
import { valueLimits } from '@keycourier/scim-protocol/resources/value-limits';
import { scimBytes, scimJsonLimits } from '@keycourier/scim/http/read-scim-body';
import { maxTokenRequestBytes } from '@keycourier/scim/oauth/read-token-request';

import type { Credentials } from '../fuzz/targets.ts';
import type { LimitCase } from './limit-case.ts';

type Row = [
  what: string,
  limit: number,
  send: Request,
  expected: LimitCase['expected'],
  headers?: LimitCase['headers'],
];
type Request = [method: LimitCase['method'], path: string, body?: LimitCase['body']];

const many = (count: number, one: (index: number) => string, separator = ','): string =>
  Array.from({ length: count }, (_, index) => one(index)).join(separator);
const bulkOf = (operations: string): string =>
  `{"schemas":["urn:ietf:params:scim:api:messages:2.0:BulkRequest"],"Operations":[${operations}]}`;
const patchOf = (operations: string): string =>
  `{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[${operations}]}`;
const userWith = (attributes: string): string => `{"userName":"one-more",${attributes}}`;
const nested = (levels: number): string => '['.repeat(levels) + ']'.repeat(levels);
const text = (characters: number): string => `"${'x'.repeat(characters)}"`;
const filterOf = (filter: string): string => `/Users?filter=${encodeURIComponent(filter)}`;
const gzip = { 'content-encoding': 'gzip' } as const;

/** As many users as a page has, so that a page can be asked for that has one more than it may. */
export const pageOfUsers = (): string =>
  bulkOf(
    many(
      pageLimits.most,
      (index) => `{"method":"POST","path":"/Users","bulkId":"b${index}","data":{"userName":"user ${index}"}}`,
    ),
  );

/** Every limit of a SCIM request's size. All are refused in SCIM's form, but for the token endpoint's, whose form is OAuth's. */
export function scimLimitCases({ path: base, token, user }: Credentials['scim']): LimitCase[] {
  const scim = (...[what, limit, [method, path, body = null], expected, headers = {}]: Row): LimitCase => ({
    what: `SCIM ${what}`,
    limit,
    app: 'scim',
    method,
    path: base + path,
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/scim+json', ...headers },
    body,
    expected,
  });
  const [ofUser, ofGroup] = [`/Users/${user}`, '/Groups'];
  const tooLong = (of: string, limit: number, [start, end, detail]: readonly [string, string, string]): LimitCase =>
    scim(
      `user: characters of ${of}`,
      limit,
      ['POST', '/Users', userWith(start + text(limit + 1) + end)],
      [400, detail],
    );
  const spaces = (count: number): string => ' '.repeat(count);
  return [
    scim('user: bytes', scimBytes.user, ['POST', '/Users', spaces(scimBytes.user + 1)], [413, '1024 KiB']),
    scim('group: bytes', scimBytes.group, ['POST', ofGroup, spaces(scimBytes.group + 1)], [413, '5120 KiB']),
    scim(
      'bulk: bytes',
      scimBytes.bulk,
      ['POST', '/Bulk', spaces(scimBytes.bulk + 1)],
      [413, 'maxPayloadSize (1048576)'],
    ),
    scim(
      'bulk: operations',
      bulkLimits.maxOperations,
      ['POST', '/Bulk', bulkOf(many(bulkLimits.maxOperations + 1, () => '{"method":"DELETE","path":"/Users/x"}'))],
      [413, 'maxOperations (1000)'],
    ),
    scim('search: bytes', scimBytes.search, ['POST', '/Users/.search', spaces(scimBytes.search + 1)], [413, '64 KiB']),
    scim(
      'body: levels',
      scimJsonLimits.depth,
      ['POST', '/Users', userWith(`"title":${nested(scimJsonLimits.depth)}`)],
      [413, 'more than 12 levels'],
    ),
    scim(
      'body: values',
      scimJsonLimits.values,
      ['POST', ofGroup, `{${many(5, (index) => `"m${index}":[${many(scimJsonLimits.values / 5, () => '0')}]`)}}`],
      [413, 'more than 400,000 values'],
    ),
    scim(
      'body: members of an object',
      scimJsonLimits.members,
      ['POST', '/Users', `{${many(scimJsonLimits.members + 1, (index) => `"m${index}":0`)}}`],
      [413, 'more than 200 members'],
    ),
    scim(
      'body: elements of a list',
      scimJsonLimits.elements,
      ['POST', ofGroup, `{"a":[${many(scimJsonLimits.elements + 1, () => '0')}]}`],
      [413, 'more than 100,000 elements'],
    ),
    scim(
      'body: characters of a text',
      scimJsonLimits.characters,
      ['POST', '/Users', userWith(`"title":${text(scimJsonLimits.characters + 1)}`)],
      [413, 'longer than 65,536 characters'],
    ),
    scim(
      'body: growth when decompressed',
      maxDecompression.ratio,
      ['POST', ofGroup, gzipSync(Buffer.alloc(4_900_000, ' '))],
      [413, '100 times as large'],
      gzip,
    ),
    scim(
      'body: attributes that no schema has',
      valueLimits.ignored,
      ['POST', '/Users', userWith(`"emails":[${many(6, (index) => emailWith(index === 5 ? 6 : 199))}]`)],
      [400, 'more than 1000 attributes that no schema has'],
    ),
    scim(
      'group: members of a request',
      valueLimits.members,
      [
        'POST',
        ofGroup,
        `{"displayName":"G","members":[${many(valueLimits.members + 1, (id) => `{"value":"u${id}"}`)}]}`,
      ],
      [400, 'members has more than 50000 values: send the others in further requests'],
    ),
    scim(
      'user: values of an attribute',
      valueLimits.values,
      [
        'POST',
        '/Users',
        userWith(`"emails":[${many(valueLimits.values + 1, (id) => `{"value":"${id}@acme.example"}`)}]`),
      ],
      [400, 'emails has more than 100 values'],
    ),
    tooLong('a text', valueLimits.text, ['"title":', '', 'title is longer than 1024']),
    tooLong('a URI', valueLimits.uri, ['"photos":[{"value":', '}]', 'photos.value is longer than 8192']),
    tooLong('base64', valueLimits.binary, [certificate, '}]', 'x509Certificates.value is longer than 32768']),
    scim(
      'patch: operations',
      patchLimits.operations,
      ['PATCH', ofUser, patchOf(many(patchLimits.operations + 1, () => '{"op":"replace","path":"title","value":"T"}'))],
      [400, 'at most 100 operations'],
    ),
    scim(
      'patch: terms of all filters',
      patchLimits.terms,
      ['PATCH', ofUser, patchOf(many(3, () => removalOf(Math.ceil((patchLimits.terms + 1) / 3))))],
      [400, 'at most 200 terms together'],
    ),
    scim(
      'filter: bytes',
      filterLimits.bytes,
      ['GET', filterOf(`userName eq "${'x'.repeat(filterLimits.bytes - 13)}"`)],
      [400, 'longer than 4000 bytes'],
    ),
    scim(
      'filter: levels',
      filterLimits.depth,
      ['GET', filterOf(`${'('.repeat(filterLimits.depth + 1)}title pr${')'.repeat(filterLimits.depth + 1)}`)],
      [400, 'more than 30 deep'],
    ),
    scim(
      'filter: terms',
      filterLimits.terms,
      ['GET', filterOf(many(filterLimits.terms + 1, () => 'title pr', ' or '))],
      [400, 'more than 100 terms'],
    ),
    scim(
      'page: resources',
      pageLimits.most,
      ['GET', `/Users?attributes=userName&count=${pageLimits.most + 1}`],
      [200, `"itemsPerPage":${pageLimits.most},`],
    ),
    scim(
      '`attributes`, `excludedAttributes`: names',
      maxNames,
      ['GET', `/Users?attributes=${many(maxNames + 1, () => 'a')}`],
      [400, 'at most 200 names each'],
    ),
    scim(
      'token request: bytes',
      maxTokenRequestBytes,
      ['POST', '/oauth/token', `grant_type=${'x'.repeat(maxTokenRequestBytes)}`],
      [400, 'more than 8192 bytes'],
      { 'content-type': 'application/x-www-form-urlencoded' },
    ),
  ];
}

const certificate = '"x509Certificates":[{"value":';

const emailWith = (unknown: number): string =>
  `{"value":"a@acme.example",${many(unknown, (index) => `"x${index}":0`)}}`;

const removalOf = (terms: number): string =>
  `{"op":"remove","path":"emails[${many(terms, () => 'type eq \\"work\\"', ' or ')}]"}`;
