import assert from 'node:assert/strict';
import { test } from 'node:test';

import { count, limits, passedLimits } from './count-sources.mjs';
import { isProduct, readSource } from './sources.mjs';

/** @param {string[]} texts */
const countsOf = (...texts) => count(texts.map((text, index) => readSource(`apps/api/src/${index}.tsx`, text)));

const file = `// a file of fifty lines\n${'\n'.repeat(49)}`;

test('small files and small functions pass', () => {
  assert.deepEqual(passedLimits(countsOf(file, file)), []);
});

const longFunction = `function long() {${'\n'.repeat(40)}}\n${'\n'.repeat(20)}`;

/** @type {Record<string, [name: string, ...texts: string[]]>} */
const bad = {
  'too many files': ['files', ...Array.from({ length: limits.files.max + 1 }, () => file)],
  'files that are cut too small': ['lines a file, median', '\n'],
  'files that are long': ['lines a file, median', '\n'.repeat(100)],
  'one file that is far too long': ['lines a file, longest', '\n'.repeat(251)],
  'functions that are long': [
    'lines a function, median',
    `const f = () => {${'\n'.repeat(limits['lines a function, median'].max)}};`,
  ],
  'one function that is far too long': ['functions over 40 lines', longFunction],
  'four parameters': ['functions with more than 3 parameters', 'const f = (a: 1, b: 2, c: 3, d: 4) => a;'],
  'an any': ['any', 'export let x: any[];'],
  'a cast': ['casts with as', 'export const x = {} as unknown;'],
  'a non-null assertion': ['non-null !', 'export const x = y!.z;'],
  'a bare Error': ['throw new Error', "throw new Error('no');"],
  'files that import each other': ['import cycles', "import { a } from './1.tsx';", "import { b } from './0.tsx';"],
  'files that name each other in types': [
    'import cycles, types included',
    "import { a } from './1.tsx';",
    "export type B = import('./0.tsx').A;",
  ],
};

for (const [title, [name, ...texts]] of Object.entries(bad)) {
  test(`${title}: the limit is passed`, () => {
    const passed = passedLimits(countsOf(...texts)).map((failure) => failure.split(':')[0]);
    assert.ok(passed.includes(name), `only ${passed.join(', ')}`);
  });
}

test('as const is no cast, and a constructor of our own error is no bare Error', () => {
  const counts = countsOf("const x = ['a'] as const; throw new ApiError('no');");
  assert.equal(counts['casts with as']?.value, 0);
  assert.equal(counts['throw new Error']?.value, 0);
});

test('a parameter that only fills a signature is not counted', () => {
  const counts = countsOf('const f = (error: 1, _request: 2, response: 3, next: 4) => [error, response, next];');
  assert.equal(counts['functions with more than 3 parameters']?.value, 0);
});

test('lint-disable comments are counted where they say so, not where they are spoken of', () => {
  const counts = countsOf('// oxlint-disable-next-line no-console\n', '// see oxlint-disable\n');
  assert.equal(counts['lint-disable comments']?.value, 1);
});

test('tests, what is for tests, and the stories are no product code', () => {
  const paths = ['src/a.ts', 'src/a.tsx', 'src/a.test.ts', 'src/a.contract.ts', 'src/testing/a.ts', 'bench/a.mjs'];
  assert.deepEqual(
    paths.filter((path) => isProduct(`apps/api/${path}`)),
    ['src/a.ts', 'src/a.tsx'],
  );
  assert.equal(isProduct('packages/stories/src/world/a.ts'), false);
});
