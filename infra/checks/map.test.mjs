import assert from 'node:assert/strict';
import { test } from 'node:test';

import {
  checkCycles,
  checkManifests,
  checkReaches,
  checkRows,
  checkStages,
  checkStarts,
  checkUnused,
  findArrows,
} from './package-rules.mjs';
import { readPackagesTable } from './packages-table.mjs';
import { readSource } from './sources.mjs';

const table = (/** @type {string[]} */ ...rows) =>
  [
    '# Architecture',
    '## Packages',
    '',
    '| package | what it is | may import |',
    '|---|---|---|',
    ...rows,
    '',
    '## States',
  ].join('\n');

const drawn = table('| `apps/api` | the API | ledger |', '| `packages/ledger` | Postgres | nothing |');

/** @param {Record<string, string>} files */
const sourcesOf = (files) => Object.entries(files).map(([path, text]) => readSource(path, text));

const packages = [
  { folder: 'apps/api', dependencies: ['ledger'], devDependencies: [] },
  { folder: 'packages/ledger', dependencies: [], devDependencies: [] },
];

const sources = sourcesOf({
  'apps/api/src/a.ts': "import type { Ledger } from '@keycourier/ledger/open-ledger';",
  'packages/ledger/src/open-ledger.ts': 'export interface Ledger {}',
});

/** @param {{ markdown?: string, files?: ReturnType<typeof sourcesOf>, declared?: typeof packages }} change */
function failuresOf({ markdown = drawn, files = sources, declared = packages }) {
  const { rows, failures } = readPackagesTable(markdown);
  const map = { rows, packages: declared, arrows: findArrows(files) };
  return [...failures, ...checkRows(map), ...checkManifests(map), ...checkStarts(rows, files)];
}

test('a table that says what the code does passes', () => {
  assert.deepEqual(failuresOf({}), []);
});

/** @type {Record<string, [markdown: string, failure: RegExp]>} */
const badTables = {
  'is missing': ['# Architecture', /under "## Packages" begin a table/],
  'has a row of another form': [table('| apps/api | the API | ledger |'), /write the row as/],
  'lists in another form': [table('| `apps/api` | the API | ledger and more |'), /not "ledger and more"/],
  'lacks a package': [table('| `apps/api` | the API | ledger |'), /give packages\/ledger a row/],
  'has a package twice': [drawn.replace('\n\n## States', '\n| `apps/api` | again | ledger |\n'), /two rows/],
  'has a package that does not exist': [table('| `apps/web` | none | nothing |'), /there is no apps\/web/],
  'names a package that does not exist': [drawn.replace('| ledger |', '| ledger, web |'), /no such package/],
  'has an arrow that the code lacks': [drawn.replace('nothing', 'api'), /ledger does not import api/],
  'lacks an arrow of the code': [drawn.replace('| ledger |', '| nothing |'), /apps\/api\/src\/a\.ts:1 imports ledger/],
  'starts what the code does not name': [drawn.replace('| ledger |', '| ledger; starts api |'), /does not start api/],
};

for (const [title, [markdown, failure]] of Object.entries(badTables)) {
  test(`a table that ${title} fails`, () => {
    assert.match(failuresOf({ markdown }).join('\n'), failure);
  });
}

test('an app that is started is drawn and declared without an import', () => {
  const files = sourcesOf({ 'apps/local/src/a.ts': "start('api');" });
  const declared = [...packages, { folder: 'apps/local', dependencies: ['api'], devDependencies: [] }];
  const markdown = drawn.replace('|---|---|---|', '|---|---|---|\n| `apps/local` | all of it | nothing; starts api |');
  assert.deepEqual(failuresOf({ markdown, files: [...sources, ...files], declared }), []);
});

test('dependencies are what the code imports, devDependencies what its tests import beyond that', () => {
  const files = sourcesOf({ 'apps/api/src/a.test.ts': "import { x } from '@keycourier/ledger/x';" });
  assert.deepEqual(checkManifests({ rows: [], packages: packages.slice(0, 1), arrows: findArrows(files) }), [
    'apps/api/package.json: take @keycourier/ledger out of dependencies',
    'apps/api/package.json: add @keycourier/ledger to devDependencies',
  ]);
});

test('the stories, which are all tests, have devDependencies alone', () => {
  const files = sourcesOf({ 'packages/stories/src/world.ts': "import { x } from '@keycourier/ledger/x';" });
  const stories = { folder: 'packages/stories', dependencies: [], devDependencies: ['ledger'] };
  assert.deepEqual(checkManifests({ rows: [], packages: [stories], arrows: findArrows(files) }), []);
});

test('packages that import each other fail, though only one test of them does', () => {
  const back = sourcesOf({ 'packages/ledger/src/a.test.ts': "import { x } from '@keycourier/api/x';" });
  const failures = checkCycles({ packages, arrows: findArrows([...sources, ...back]), sources: [] });
  assert.deepEqual(failures, ['packages import each other, break the cycle: api ↔ ledger']);
});

test('files that import each other fail, though only for a type', () => {
  const cycle = sourcesOf({
    'apps/api/src/a.ts': "import { b } from './b.ts';",
    'apps/api/src/b.ts': "import { type A } from './a.ts';",
    'apps/api/src/c.ts': "import { b } from './b.ts';",
  });
  assert.deepEqual(checkCycles({ packages: [], arrows: [], sources: cycle }), [
    'files import each other, break the cycle: apps/api/src/a ↔ apps/api/src/b',
  ]);
});

test('a relative import of another package fails, and so does product code that imports what is for tests', () => {
  const reaching = sourcesOf({
    'apps/api/src/a.ts': "export { x } from '../../../packages/ledger/src/x.ts';",
    'apps/api/src/b.ts': "const x = await import('@keycourier/ledger/testing/x');",
    'apps/api/src/c.test.ts': "import { x } from '@keycourier/ledger/testing/x';",
  });
  const failures = checkReaches(reaching);
  assert.equal(failures.length, 2);
  assert.match(failures[0] ?? '', /^apps\/api\/src\/a\.ts:1 reaches out of its package/);
  assert.match(failures[1] ?? '', /^apps\/api\/src\/b\.ts:1 imports @keycourier\/ledger\/testing\/x/);
});

test('a stage that imports another stage, or a folder that is not for stages, fails', () => {
  const stages = sourcesOf({
    'packages/journey/src/1-intake/a.ts': "import { b } from './b.ts'; import type { C } from '../model/c.ts';",
    'packages/journey/src/1-intake/d.ts': "import type { E } from '../2-shipments/e.ts';",
    'packages/journey/src/2-shipments/f.ts': "import { g } from '../requests/g.ts';",
  });
  assert.deepEqual(
    checkStages(stages).map((failure) => failure.split(':')[0]),
    ['packages/journey/src/1-intake/d.ts', 'packages/journey/src/2-shipments/f.ts'],
  );
});

test('a product file that only tests import, or nothing, fails', () => {
  const files = sourcesOf({
    'packages/ledger/src/a.ts': 'export const a = 1;',
    'packages/ledger/src/b.ts': 'export const b = 1;',
    'packages/ledger/src/c.ts': 'export const c = 1;',
    'packages/ledger/src/b.test.ts': "import { b } from './b.ts';",
    'apps/api/src/main.ts': "import { a } from '@keycourier/ledger/a';",
  });
  assert.deepEqual(
    checkUnused(files).map((failure) => failure.split(' ')[0]),
    ['packages/ledger/src/b.ts', 'packages/ledger/src/c.ts'],
  );
});
