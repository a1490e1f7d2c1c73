import { setImmediate } from 'node:timers/promises';

import { describe, expect, test } from '@jest/globals';
import { endlessFile, fieldsOf, rowsOf } from '@keycourier/operations/batches/testing/rows-of';
import fc from 'fast-check';

import { readJson } from './read-json.ts';

const read = (body: unknown, size?: number) =>
  fieldsOf(readJson, typeof body === 'string' ? body : JSON.stringify(body), size);

const problemsOf = async (body: string | Uint8Array) => {
  const error: unknown = await rowsOf(readJson, body, 64).then(
    () => null,
    (reason: unknown) => reason,
  );
  return error;
};

describe('a JSON body', () => {
  test('has the same rows as with JSON.parse, in chunks of any size', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.jsonValue({ maxDepth: 4 }), { maxLength: 10 }),
        fc.boolean(),
        fc.integer({ min: 1, max: 40 }),
        async (rows, isSpaced, size) => {
          const body = JSON.stringify({ rows }, null, isSpaced ? 2 : 0).replaceAll('\\u0000', ' ');
          const parsed: { rows: unknown[] } = JSON.parse(body);
          expect(await read(body, size)).toEqual(parsed.rows);
        },
      ),
      { numRuns: 300 },
    );
  });

  test('makes a field of __proto__, and no prototype', async () => {
    const [row] = await read('{"rows":[{"__proto__":{"login":"a"}}]}');
    expect(Object.keys(row ?? {})).toEqual(['__proto__']);
    expect(row).not.toHaveProperty('login');
  });

  test('rejects a row that names a field twice, naming the field, and continues', async () => {
    const body =
      '{"rows":[{"login":"a","note":"x","note":"y"},{"login":"b","profile":{"city":1,"city":2}},{"a b":1,"a b":2},' +
      '{"login":"c","l\\u006fgin":"d"},{"x":{"login":1},"y":{"login":1},"login":"e"}]}';
    const rows = await rowsOf(readJson, body, 16);
    expect(rows.map(({ problems }) => problems)).toEqual([
      [{ field: 'note', code: 'repeated' }],
      [{ field: 'city', code: 'repeated' }],
      [{ field: 'row', code: 'repeated' }],
      [{ field: 'login', code: 'repeated' }],
      [],
    ]);
  });

  test('rejects a row with a text of a megabyte by its number, and continues', async () => {
    const huge = 'x'.repeat(1_048_576);
    const rows = await rowsOf(
      readJson,
      JSON.stringify({
        rows: [{ login: 'a' }, { note: huge }, { [huge]: 1 }, Array.from({ length: 70_000 }, () => 1), 'b'],
      }),
      65_536,
    );
    const problems = [{ field: 'row', code: 'too_large' }];
    expect(rows).toEqual([
      { row: 1, fields: { login: 'a' }, problems: [] },
      { row: 2, fields: {}, problems },
      { row: 3, fields: {}, problems },
      { row: 4, fields: {}, problems },
      { row: 5, fields: 'b', problems: [] },
    ]);
  });
});

describe('a JSON body is refused as a whole', () => {
  test.each([
    ['that is not JSON', '{"rows":[{"login":canary}]}', [{ field: 'line 1, column 19', code: 'not_json' }]],
    [
      'that is not JSON further on',
      '{"rows": [\r\n  {"login": "a"},\r\n  {"login": b}\r\n]}',
      [{ field: 'line 3, column 13', code: 'not_json' }],
    ],
    [
      'that is not JSON far on',
      `{"rows":[\n${'{"login":"a@x.example"},\n'.repeat(30_000)}{"login" "b"}]}`,
      [{ field: 'line 30002, column 10', code: 'not_json' }],
    ],
    ['with single quotes', "{'rows':[]}", [{ field: 'line 1, column 2', code: 'not_json' }]],
    ['with a comma too many', '{"rows":[{"login":"a"},]}', [{ field: 'line 1, column 24', code: 'not_json' }]],
    [
      'with a text that does not end',
      '{"rows":[{"login":"a},\n{"login":"b"}]}',
      [{ field: 'line 1, column 19', code: 'not_json' }],
    ],
    ['that is CSV', 'login\na\n', [{ field: 'line 1, column 1', code: 'not_json' }]],
    ['that ends too early', '{"rows":[{"login":"a"}', [{ field: 'line 1, column 23', code: 'not_json' }]],
    ['that goes on behind its end', '{"rows":[{"login":"a"}]}{}', [{ field: 'line 1, column 25', code: 'not_json' }]],
    ['that is empty', '', [{ field: 'line 1, column 1', code: 'not_json' }]],
    ['that is a list', '[{"login":"a"}]', [{ field: 'body', code: 'invalid' }]],
    ['without rows', '{}', [{ field: 'rows', code: 'invalid' }]],
    ['whose rows are no list', '{"rows":{"login":"a"}}', [{ field: 'rows', code: 'invalid' }]],
    ['whose rows are a text', '{"rows":"a"}', [{ field: 'rows', code: 'invalid' }]],
    ['whose rows are null', '{"rows":null}', [{ field: 'rows', code: 'invalid' }]],
    ['with rows twice', '{"rows":[{"login":"a"}],"rows":[]}', [{ field: 'rows', code: 'repeated' }]],
    ['with something else before', '{"dryRun":{"rows":[1]},"rows":[]}', [{ field: 'dryRun', code: 'unknown_field' }]],
    ['with something else behind', '{"rows":[1],"a@x.example":true}', [{ field: 'body', code: 'unknown_names' }]],
    [
      'that is nested without end',
      `{"rows":${'['.repeat(100_000)}`,
      [{ field: 'line 1, column 24', code: 'too_deep' }],
    ],
    [
      'in Latin-1',
      Buffer.from('{"rows":[{"login":"ö"}]}', 'latin1'),
      [{ field: 'line 1, column 20', code: 'single_byte' }],
    ],
  ])('%s', async (_what, body, problems) => {
    expect(await problemsOf(body)).toMatchObject({ code: 'unreadable_file', problems });
  });
});

test('a JSON body is read no further than its rows are consumed', async () => {
  const { text, taken } = endlessFile(
    '{"rows":[',
    `{"login":"someone@x.example","note":"${'x'.repeat(60)}"},`,
    200_000,
  );
  const rows = readJson(() => text)[Symbol.asyncIterator]();
  await rows.next();
  for (let turn = 0; turn < 1_000; turn += 1) await setImmediate();
  expect(taken()).toBeLessThan(1_000_000);
  await rows.return?.(undefined);
});
