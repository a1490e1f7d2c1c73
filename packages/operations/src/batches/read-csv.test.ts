import { setImmediate } from 'node:timers/promises';

import { describe, expect, test } from '@jest/globals';
import { parse } from 'csv-parse/sync';
import { stringify } from 'csv-stringify/sync';
import fc from 'fast-check';

import { maxBrokenRows, maxColumns, maxLinesOfCell, maxSeparators } from './limits.ts';
import { readCsv } from './read-csv.ts';
import { endlessFile, fieldsOf, rowsOf } from './testing/rows-of.ts';

const read = (file: string | Uint8Array, size?: number) => fieldsOf(readCsv, file, size);
const problemsOf = async (file: string | Uint8Array) => {
  const error: unknown = await rowsOf(readCsv, file).then(
    () => null,
    (reason: unknown) => reason,
  );
  return error;
};

describe('a CSV file', () => {
  const two = [
    { login: 'ada@x.example', city: 'London' },
    { login: 'noor@x.example', city: 'Łódź' },
  ];

  test.each([
    ['plain', 'login,city\nada@x.example,London\nnoor@x.example,Łódź\n'],
    ['with a byte order mark', '\uFEFFlogin,city\nada@x.example,London\nnoor@x.example,Łódź\n'],
    ['with the line ends of Windows', 'login,city\r\nada@x.example,London\r\nnoor@x.example,Łódź\r\n'],
    ['with the line ends of old Macs', 'login,city\rada@x.example,London\rnoor@x.example,Łódź'],
    ['with mixed line ends', 'login,city\r\nada@x.example,London\nnoor@x.example,Łódź\r'],
    ['without a last line end', 'login,city\nada@x.example,London\nnoor@x.example,Łódź'],
    ['with semicolons', 'login;city\nada@x.example;London\nnoor@x.example;Łódź\n'],
    ['with tabs', 'login\tcity\nada@x.example\tLondon\nnoor@x.example\tŁódź\n'],
    ['with quotes', '"login","city"\n"ada@x.example","London"\n"noor@x.example","Łódź"\n'],
    ['with empty lines', '\n\r\nlogin,city\n\nada@x.example,London\n,\n   \n"",""\nnoor@x.example,Łódź\n\n'],
    ['with spaces around', ' Login , CITY \n ada@x.example ,\tLondon\n" noor@x.example ", "Łódź" \n'],
    ['with a column without a name', 'login,city,\nada@x.example,London,\nnoor@x.example,Łódź\n'],
  ])('%s has its two rows, in chunks of any size', async (_what, file) => {
    for (const size of [1, 3, 7, 1_000]) expect(await read(file, size)).toEqual(two);
  });

  test('has the same rows with quotes around each cell and without', async () => {
    const cell = fc.string({
      unit: fc.constantFrom('a', 'é', '\u00a0', ' ', '\t', '\u2028', '\v', '.', "'"),
      maxLength: 5,
    });
    const rows = fc.array(fc.array(cell, { minLength: 1, maxLength: 6 }), { maxLength: 20 });
    const lineEnd = fc.constantFrom('\n', '\r\n', '\r');
    await fc.assert(
      fc.asyncProperty(rows, fc.constantFrom(',', ';', '|'), lineEnd, async (cells, delimiter, record_delimiter) => {
        const all = [['login', 'note', 'firstName', 'lastName', 'city'], ...cells];
        const quoted = stringify(all, { delimiter, record_delimiter, quoted: true, quoted_empty: true });
        const plain = all.map((row) => row.join(delimiter) + record_delimiter).join('');
        const read = await rowsOf(readCsv, plain);
        expect(read).toEqual(await rowsOf(readCsv, quoted));
      }),
    );
  });

  test('counts its data rows from 1, without empty lines', async () => {
    const rows = await rowsOf(readCsv, 'login\na\n\n\nb\n');
    expect(rows.map(({ row }) => row)).toEqual([1, 2]);
  });

  test('may have fewer cells than its header: empty and absent cells count as missing', async () => {
    const file = 'login,note,firstName,city\na,,Ada\nb\nc,,,London\n';
    expect(await read(file)).toEqual([
      { login: 'a', firstName: 'Ada' },
      { login: 'b' },
      { login: 'c', city: 'London' },
    ]);
  });

  test('keeps separators, quotes and line ends within quotes', async () => {
    const file = 'login;note\na;"one; ""two"", three\r\nfour"\n';
    expect(await read(file)).toEqual([{ login: 'a', note: 'one; "two", three\r\nfour' }]);
  });

  test('keeps phone numbers, and text that looks like a formula', async () => {
    const cells = ['=cmd|A1', '+44 20 7946 0000', '-1', '@SUM(A1)', "'quoted"];
    const file = `login,primaryPhone\n${cells.map((cell, index) => `${index},${cell}`).join('\n')}\n`;
    expect(await read(file)).toEqual(cells.map((primaryPhone, index) => ({ login: String(index), primaryPhone })));
  });

  test('matches column names in any letter case, with or without spaces', async () => {
    const file = 'USERID,First Name,zipcode,product id\n00u1,Ada,N1,1\n';
    expect(await read(file)).toEqual([{ userId: '00u1', firstName: 'Ada', zipCode: 'N1', productId: '1' }]);
  });

  test('rejects a row with more cells than columns, and continues', async () => {
    const rows = await rowsOf(readCsv, 'login,city\na,b,c\nd,e,,\n');
    expect(rows.map(({ problems }) => problems)).toEqual([[{ field: 'column 3', code: 'extra_cells' }], []]);
  });

  test('rejects a row with a cell of a megabyte, naming its column, and continues', async () => {
    const rows = await rowsOf(readCsv, `login,note\na,${'x'.repeat(1_048_576)}\nb,y\n`, 65_536);
    expect(rows).toEqual([
      { row: 1, fields: {}, problems: [{ field: 'note', code: 'too_large' }] },
      { row: 2, fields: { login: 'b', note: 'y' }, problems: [] },
    ]);
  });
});

describe('a row is rejected alone', () => {
  const rejectedOf = async (file: string) => {
    const rows = await rowsOf(readCsv, `login,note\n${file}b,y\n`, 65_536);
    expect(rows.at(-1)).toMatchObject({ fields: { login: 'b' }, problems: [] });
    return rows.slice(0, -1).map(({ row, problems }) => ({ row, ...problems[0] }));
  };

  test('with one separator more than is read, unread', async () => {
    expect(await rejectedOf(`a${','.repeat(maxSeparators)}\n`)).toEqual([{ row: 1 }]);
    expect(await rejectedOf(`a${','.repeat(maxSeparators + 1)}\n`)).toEqual([
      { row: 1, field: 'row', code: 'extra_cells' },
    ]);
    expect(await rejectedOf(`${','.repeat(8_000_000)}\n`)).toEqual([{ row: 1, field: 'row', code: 'extra_cells' }]);
  });

  test('with a quote that stays open for one line more than a cell may have', async () => {
    const cell = (lines: number): string => `a,"${`${'-'.repeat(90)}\n`.repeat(lines - 1)}"\n`;
    expect(await rejectedOf(cell(maxLinesOfCell))).toEqual([{ row: 1 }]);
    expect((await rejectedOf(cell(maxLinesOfCell + 1)))[0]).toEqual({
      row: 1,
      field: 'note',
      code: 'quote_not_closed',
    });
  });
});

describe('a CSV file is refused as a whole', () => {
  test.each([
    ['without a column for the person', 'city,note\n1,2\n', [{ field: 'header', code: 'person_column_missing' }]],
    [
      'without a header, and the refusal does not quote it',
      'Canary,London\n',
      [{ field: 'header', code: 'person_column_missing' }],
    ],
    ['with an unknown column', 'login,colour\na,b\n', [{ field: 'colour', code: 'unknown_field' }]],
    ['with a column that is no word', 'login,a@x.example\na,b\n', [{ field: 'column 2', code: 'unknown_field' }]],
    [
      'with a column twice',
      'login,City,city,login\na,b,c,d\n',
      [
        { field: 'city', code: 'repeated' },
        { field: 'login', code: 'repeated' },
      ],
    ],
    [
      'with e-mail addresses',
      'login,Email,second email\na,b,c\n',
      [
        { field: 'email', code: 'comes_from_okta' },
        { field: 'secondEmail', code: 'comes_from_okta' },
      ],
    ],
    [
      'with an e-mail address in place of the login',
      'email\na@x.example\n',
      [
        { field: 'header', code: 'person_column_missing' },
        { field: 'email', code: 'comes_from_okta' },
      ],
    ],
    [
      'that ends within a character',
      Buffer.from('login\nŁ').subarray(0, -1),
      [{ field: 'line 2, column 1', code: 'not_utf8' }],
    ],
    [
      'with more columns than any header',
      `login${',note'.repeat(maxColumns)}\na\n`,
      [{ field: 'header', code: 'too_many_columns' }],
    ],
    ['whose header is a line of separators', ','.repeat(70_000), [{ field: 'header', code: 'too_many_columns' }]],
    [
      'with too many broken rows',
      `login,note\n${'a,"b"c\n'.repeat(maxBrokenRows + 1)}`,
      [{ field: 'file', code: 'too_many_broken_rows' }],
    ],
  ])('%s', async (_what, file, problems) => {
    expect(await problemsOf(file)).toMatchObject({ code: 'unreadable_file', problems });
  });
});

test('a CSV file is read no further than its rows are consumed', async () => {
  const { text, taken } = endlessFile('login,note\n', `someone@x.example,${'x'.repeat(80)}\n`, 200_000);
  const rows = readCsv(() => text)[Symbol.asyncIterator]();
  await rows.next();
  for (let turn = 0; turn < 1_000; turn += 1) await setImmediate();
  expect(taken()).toBeLessThan(1_000_000);
  await rows.return?.(undefined);
});

const cell = fc.string({ unit: 'grapheme', maxLength: 30 }).map((text) => text.replaceAll('\0', '').trim());
const columns = ['login', 'note', 'city', 'firstName'] as const;
const table = fc.array(
  fc.record({ login: cell.filter((text) => text !== ''), note: cell, city: cell, firstName: cell }),
  {
    maxLength: 20,
  },
);

test('a CSV file in any dialect is read as it was written', async () => {
  await fc.assert(
    fc.asyncProperty(
      table,
      fc.record({
        delimiter: fc.constantFrom(',', ';', '\t'),
        record_delimiter: fc.constantFrom('\n', '\r\n'),
        bom: fc.boolean(),
        quoted: fc.boolean(),
      }),
      fc.integer({ min: 1, max: 64 }),
      async (rows, dialect, size) => {
        const file = stringify(rows, { header: true, columns: [...columns], ...dialect });
        const expected = rows.map((row) => Object.fromEntries(Object.entries(row).filter(([, value]) => value !== '')));
        expect(await read(file, size)).toEqual(expected);
      },
    ),
    { numRuns: 300 },
  );
});

/** What csv-parse makes of a line: cells without spaces around, and no record of empty cells. */
const parsedBy = (line: string, delimiter: string): string[][] =>
  parse(line, {
    delimiter,
    record_delimiter: ['\r\n', '\n', '\r'],
    trim: true,
    skip_empty_lines: true,
    skip_records_with_empty_values: true,
    relax_column_count: true,
  });

const unquoted = fc.array(
  fc.constantFrom('a', 'é', '😀', "'", '\\', '#', ' ', '\u00a0', '\u2003', '\f', '\t', ',', ';', '|'),
  {
    maxLength: 12,
  },
);

test('a line without quotes is read as csv-parse reads it', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(unquoted, { maxLength: 8 }),
      fc.constantFrom(',', ';', '\t', '|'),
      fc.constantFrom('\n', '\r\n', '\r'),
      async (lines, delimiter, end) => {
        const text = lines.map((line) => line.join('') + end).join('');
        const expected = parsedBy(text, delimiter).map((cells) =>
          Object.fromEntries(columns.flatMap((name, index) => (cells[index] ? [[name, cells[index]]] : []))),
        );
        expect(await read(`${columns.join(delimiter)}${end}${text}`)).toEqual(expected);
      },
    ),
    { numRuns: 500 },
  );
});
