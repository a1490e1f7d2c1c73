import { readdir, readFile } from 'node:fs/promises';
import { gzipSync } from 'node:zlib';

import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { createGroup } from '@keycourier/ledger/directory/groups/create-group';
import { createUser } from '@keycourier/ledger/directory/users/create-user';
import { aUser, byHand, write } from '@keycourier/ledger/testing/sample-directory';
import { open } from '@keycourier/ledger/testing/sample-shipments';
import { LateError } from '@keycourier/runtime/group-commits';
import { ShareError } from '@keycourier/runtime/tenant-shares';
import { keycourierUrn } from '@keycourier/scim-protocol/schemas/schemas';
import { sql } from 'kysely';
import { z } from 'zod';

import { tooMany } from '../http/admit.ts';
import { answerFailure } from '../http/serve.ts';
import { bulkOf, clientOf, enterprise, patchOf, searchOf } from '../testing/requests.ts';
import { runScim, type RunningScim, type TestConnection } from '../testing/running-scim.ts';

/** Every text that an administrator of a client can see is provoked here, and listed in docs/scim/errors.md. */

let scim: RunningScim;
let ruled: TestConnection;
let plain: TestConnection;
let fresh: TestConnection;
let taker: TestConnection;
let ids: { ada: string; readers: string };

beforeAll(async () => {
  scim = await runScim();
  const client = clientOf(scim);
  const ada = await client.user('ada@acme.example', { emails: [{ value: 'ada@acme.example', type: 'work' }] });
  await client.user('grace@acme.example');
  await client.group('Writers');
  ids = { ada, readers: await client.group('Readers', [ada]) };
  ruled = await scim.addConnection({
    userNameRules: { startsWithLetter: true, maxLength: 30, otherCharacters: '-._' },
  });
  [plain, fresh] = [await scim.addConnection(), await scim.addConnection({ readAll: true, takeOverByLocalPart: true })];
  taker = await scim.addConnection({ includeManual: true, takeOverByLocalPart: true });
  await clientOf(scim, await scim.addConnection()).user('ada@other.example');
  await write(scim.ledger, byHand(), (scope) => createUser(scope, aUser('hopper')));
  await write(scim.ledger, byHand(), (scope) =>
    createGroup(scope, { displayName: 'By hand', externalId: null, members: undefined }),
  );
  await open(scim.ledger, { login: 'hopper' });
});
afterAll(() => scim.stop());

interface Refused {
  path: string;
  method?: string;
  body?: unknown;
  as?: TestConnection | null;
  headers?: Readonly<Record<string, string>>;
}

const operations = (...list: unknown[]) => patchOf(...list);
const texts = (count: number): string[] => Array.from({ length: count }, (_, index) => `${index}`);
const filters = [
  'userName eq',
  'favouriteColour eq "x"',
  'password pr',
  'active gt true',
  'active eq "maybe"',
  'meta.created gt "x"',
  'userName eq true',
  'userName gt null',
  'title[value eq "x"]',
  'name eq "x"',
  `userName eq "${'x'.repeat(5_000)}"`,
  `${'('.repeat(40)}userName pr${')'.repeat(40)}`,
  texts(200)
    .map(() => 'userName pr')
    .join(' or '),
];
const lists = ['sortBy=nothing', 'sortBy=name', 'sortOrder=up', 'count=many', `attributes=${texts(201).join(',')}`];
const users: unknown[] = [
  'text',
  {},
  { userName: 1 },
  { userName: 'x'.repeat(2_000) },
  { userName: 'a\u0000' },
  { userName: 'new', USERNAME: 'new' },
  { userName: 'new', name: 'text' },
  { userName: 'new', name: { givenName: 'a', GIVENNAME: 'b' } },
  { userName: 'new', active: 'maybe' },
  { userName: 'new', emails: texts(101).map((value) => ({ value })) },
  {
    userName: 'new',
    emails: [
      { value: 'a', primary: true },
      { value: 'b', primary: true },
    ],
  },
  { userName: 'new', constructor: 1 },
  {
    userName: 'new',
    ...Object.fromEntries(texts(150).map((name) => [`x${name}`, 1])),
    name: Object.fromEntries(texts(150).map((name) => [`x${name}`, 1])),
    ...manyUnknown(),
  },
  { userName: 'ada@acme.example' },
];

/** More unknown names than one object may have. */
function manyUnknown() {
  const part = () => Object.fromEntries(texts(150).map((name) => [`y${name}`, 1]));
  return { emails: texts(7).map(part) };
}

const groups: unknown[] = [
  {},
  { displayName: 'Readers' },
  { displayName: 'New', members: [1] },
  { displayName: 'New', members: [{ type: 'Group', value: 'x' }] },
  { displayName: 'New', members: [{}] },
  { displayName: 'New', members: [{ value: 'unknown' }] },
  { displayName: 'New', members: texts(50_001) },
];
const patchesOfUser: unknown[] = [
  {},
  operations(),
  operations('text'),
  operations({ op: 'move' }),
  operations({ op: 'remove' }),
  operations({ op: 'add', path: 'title' }),
  operations({ op: 'replace', path: 'title' }),
  operations({ op: 'replace', path: 'id', value: 'x' }),
  operations({ op: 'remove', path: 'userName' }),
  operations({ op: 'remove', path: 'active' }),
  operations({ op: 'remove', path: 'urn:ietf:params:scim:schemas:core:2.0:User' }),
  operations({ op: 'replace', value: 'text' }),
  operations({ op: 'remove', path: keycourierUrn }),
  operations({ op: 'replace', path: 'emails[type eq "home"].value', value: 'x' }),
  operations({ op: 'replace', path: 'emails[', value: 'x' }),
  operations({ op: 'replace', path: `${enterprise}:badge`, value: 'x' }),
  operations({ op: 'replace', path: 'name[givenName eq "x"]', value: {} }),
  operations({ op: 'replace', path: `emails[value eq "${'x'.repeat(5_000)}"]`, value: {} }),
  operations(...texts(101).map((value) => ({ op: 'replace', path: 'title', value }))),
  operations(
    ...texts(3).map(() => ({
      op: 'add',
      path: `emails[${texts(90)
        .map(() => 'type eq "x"')
        .join(' or ')}].value`,
      value: 'x',
    })),
  ),
  operations({ op: 'replace', path: 'userName', value: 'grace@acme.example' }),
];
const patchesOfGroup: unknown[] = [
  operations({ op: 'remove', path: 'displayName' }),
  operations({ op: 'replace', path: 'displayName', value: '' }),
  operations({ op: 'replace', path: 'displayName', value: 'Writers' }),
  operations({ op: 'replace', path: 'members.value', value: 'x' }),
  operations({ op: 'replace', path: 'members[value eq "x"]', value: {} }),
  operations({ op: 'remove', path: 'members[type eq "User"]' }),
  operations(...texts(101).map((value) => ({ op: 'replace', path: 'displayName', value }))),
  operations(...texts(2).map(() => ({ op: 'add', path: 'members', value: texts(30_000) }))),
];
const bulks: unknown[] = [{ ...bulkOf({}), failOnErrors: 0 }, bulkOf(), bulkOf(...texts(1_001))];
const inBulk: unknown[] = [
  'text',
  {},
  { method: 'POST', path: '/Nothing', bulkId: 'a' },
  { method: 'POST', path: '/Users' },
  { method: 'POST', path: '/Users/1', bulkId: 'b' },
  { method: 'PUT', path: '/Users' },
  { method: 'PUT', path: '/Users/1' },
  { method: 'DELETE', path: '/Users/1', bulkId: 'c' },
  { method: 'DELETE', path: '/Users/1', bulkId: 'c' },
  { method: 'POST', path: '/Users', bulkId: 'd', data: {} },
  { method: 'PATCH', path: '/Users/bulkId:d', data: operations({ op: 'remove', path: 'title' }) },
  { method: 'PATCH', path: '/Users/bulkId:none', data: operations({ op: 'remove', path: 'title' }) },
  { method: 'POST', path: '/Groups', bulkId: 'e', data: { displayName: 'E', members: [{ value: 'bulkId:f' }] } },
  { method: 'POST', path: '/Groups', bulkId: 'f', data: { displayName: 'F', members: [{ value: 'bulkId:e' }] } },
];
const deep = (levels: number): string => `${'{"a":'.repeat(levels)}1${'}'.repeat(levels)}`;

const refused = (): Refused[] => [
  ...filters.map((filter) => ({ path: `/Users?filter=${encodeURIComponent(filter)}` })),
  ...lists.map((query) => ({ path: `/Users?${query}` })),
  ...['members.display eq "x"'].map((filter) => ({ path: `/Groups?filter=${encodeURIComponent(filter)}` })),
  ...['members.value', 'members'].map((name) => ({ path: `/Groups?sortBy=${name}` })),
  { path: '?sortBy=id' },
  { path: '/Users/.search', body: {} },
  { path: '/Users/.search', body: 'text' },
  ...[{ filter: 1 }, { sortBy: 1 }, { sortOrder: 1 }, { attributes: 1 }].map((query) => ({
    path: '/Users/.search',
    body: searchOf(query),
  })),
  ...users.map((body) => ({ path: '/Users', body: typeof body === 'string' ? JSON.stringify(body) : body })),
  { path: '/Users', body: '{' },
  { path: '/Users', body: deep(20) },
  { path: '/Users', body: { userName: 'x', ...Object.fromEntries(texts(201).map((name) => [`z${name}`, 1])) } },
  { path: '/Users', body: { userName: 'x'.repeat(70_000) } },
  { path: '/Users', body: { userName: 'x', title: texts(20).map(() => 'x'.repeat(60_000)) } },
  { path: '/Users', body: '{}', headers: { 'content-type': 'text/plain' } },
  { path: '/Users', body: '{}', headers: { 'content-encoding': 'zstd' } },
  { path: '/Users', body: '{}', headers: { 'content-encoding': 'gzip' } },
  { path: '/Groups', body: gzipSync(' '.repeat(3_000_000)), headers: { 'content-encoding': 'gzip' } },
  { path: '/Groups', body: { displayName: 'x', members: texts(100_001) } },
  { path: '/Groups', body: { displayName: 'x', a: texts(5).map(() => texts(90_000)) } },
  ...['1ada', `a${'x'.repeat(40)}`, 'a/b'].map((userName) => ({ path: '/Users', body: { userName }, as: ruled })),
  ...['ada@acme.example', 'hopper'].map((userName) => ({ path: '/Users', body: { userName }, as: plain })),
  ...['Readers', 'By hand'].map((displayName) => ({ path: '/Groups', body: { displayName }, as: plain })),
  { path: '/Users', body: { userName: 'ada@third.example' }, as: fresh },
  { path: '/Users', body: { userName: 'hopper@acme.example' }, as: taker },
  ...groups.map((body) => ({ path: '/Groups', body })),
  ...patchesOfUser.map((body) => ({ method: 'PATCH', path: `/Users/${ids.ada}`, body })),
  ...patchesOfGroup.map((body) => ({ method: 'PATCH', path: `/Groups/${ids.readers}`, body })),
  ...['/Users/none', '/Groups/none'].map((path) => ({ path })),
  ...[`/Users/${ids.ada}`, `/Groups/${ids.readers}`].map((path) => ({
    method: 'DELETE',
    path,
    headers: { 'if-match': 'W/"99"' },
  })),
  ...bulks.map((body) => ({ path: '/Bulk', body })),
  { path: '/Bulk', body: bulkOf('x'.repeat(1_100_000)) },
  { path: '/Me' },
  { path: '/Schemas/none' },
  { path: '/Schemas?filter=x' },
  { path: '/Nothing' },
  { path: '/Users/%zz' },
  { method: 'PUT', path: '/Users' },
  { path: '/Users', as: null },
];

const error = z.looseObject({ status: z.string(), scimType: z.string().optional(), detail: z.string() });
const bulkAnswer = z.object({ Operations: z.array(z.object({ response: error.optional() })) });

type Row = z.output<typeof error>;

async function provoke({ path, method, body, as, headers }: Refused): Promise<Row> {
  const answer = await scim.call(method ?? (body === undefined ? 'GET' : 'POST'), path, {
    ...(body !== undefined && { body }),
    ...(as !== undefined && { as }),
    ...(headers !== undefined && { headers }),
  });
  const sent = `${method ?? ''} ${path.slice(0, 100)} ${(JSON.stringify(body) ?? '').slice(0, 200)}`;
  if (answer.status < 400) throw new RangeError(`${sent} was answered ${answer.status}`);
  return error.parse(answer.body);
}

async function provokeAll(): Promise<Row[]> {
  const rows: Row[] = [];
  for (const one of refused()) rows.push(await provoke(one));
  const { body } = await scim.call('POST', '/Bulk', { body: bulkOf(...inBulk) });
  for (const { response } of bulkAnswer.parse(body).Operations) if (response !== undefined) rows.push(response);
  await sql`update person_attributes set sealed = 'what no key unseals'`.execute(scim.ledger.db);
  const broken = await fetch(`${scim.baseUrlOf(scim.connection)}/Users/${ids.ada}`, {
    headers: { authorization: `Bearer ${scim.connection.token}` },
  });
  rows.push(error.parse(await broken.json()));
  const busy = [new ShareError(), new ShareError('stopping'), new LateError()];
  const outages = { failed: () => undefined, close: () => undefined };
  const quota = { limit: 600, consumed: 601, remaining: 0, resetSeconds: 30 };
  const answers = [
    ...busy.map((failure) => answerFailure({ outages }, failure)),
    ...(['key', 'tenant', 'address'] as const).map((policy) => tooMany({ policy, ...quota })),
  ];
  return [...rows, ...answers.map(({ pieces = [] }) => error.parse(JSON.parse(pieces.join(''))))];
}

const lineOf = ({ status, scimType = '–', detail }: Row): string =>
  `| ${status} | ${scimType} | ${detail.replaceAll('|', '\\|')} |`;

const root = new URL('../../../../', import.meta.url);
const page = new URL('docs/scim/errors.md', root);

test('docs/scim/errors.md lists the errors that can be provoked, and no others', async () => {
  const found = [...new Set((await provokeAll()).map(lineOf))].toSorted();
  const listed = (await readFile(page, 'utf8')).split('\n').filter((line) => /^\| \d/.test(line));
  expect(listed.toSorted()).toEqual(found);
});

test('each is one sentence that shows nothing of what was sent but names of attributes', async () => {
  const listed = (await readFile(page, 'utf8')).split('\n').filter((line) => /^\| \d/.test(line));
  expect(listed.length).toBeGreaterThan(90);
  for (const line of listed) {
    expect(line).toMatch(/^\| [45]\d\d \| \S+ \| .{20,240}\. \|$/);
    expect(line).not.toMatch(/[.!?] [A-Z](?!chemas)/);
    expect(line).not.toMatch(/ada|grace|acme|example\b(?!s)|xxx/i);
  }
});

const throwers = /\b(?:badRequest|ScimError|refuse|conflict|invalidValue|required|fitting|tooMuch)\(([^;]{0,400})/g;
const literals = /'((?:[^'\\\n]|\\.)*)'|`((?:[^`\\]|\\.)*)`/g;

/** The longest fixed part of the first text with a space in each call that makes a refusal. */
async function textsIn(folder: string): Promise<string[]> {
  const files = await readdir(new URL(folder, root), { recursive: true });
  const sources = files.filter((name) => name.endsWith('.ts') && !name.includes('test'));
  const found = await Promise.all(
    sources.map(async (name) => {
      const source = await readFile(new URL(`${folder}${name}`, root), 'utf8');
      return [...source.matchAll(throwers)].flatMap(([, call = '']) => {
        const all = [...call.matchAll(literals)].map(([, plain, template]) => plain ?? template ?? '');
        const text =
          all.find((one) =>
            one
              .replaceAll(/\$\{[^}]*\}/g, '')
              .trim()
              .includes(' '),
          ) ?? '';
        const parts = text.split(/\$\{[^}]*\}/).toSorted((one, other) => other.length - one.length);
        return (parts[0] ?? '').length > 8 ? [(parts[0] ?? '').trim()] : [];
      });
    }),
  );
  return found.flat();
}

/** No attribute that a client writes or compares has such a type, and a filter that fits no type is refused by its first fault. */
const unreachable = [
  'has to be a time in ISO 8601, such as 2026-01-31T12:00:00Z.',
  'has to be a number.',
  'has to be compared with a number',
  'The filter names attributes that neither users nor groups have (see /Schemas).',
];

test('no refusal of the sources is missing', async () => {
  const folders = ['packages/scim-protocol/src/', 'apps/scim/src/', 'packages/ledger/src/directory/'];
  const written = (await Promise.all(folders.map(textsIn))).flat();
  const listed = `${await readFile(page, 'utf8')}${unreachable.join('\n')}`;
  expect(written.length).toBeGreaterThan(80);
  expect(written.filter((text) => !listed.includes(text))).toEqual([]);
});
