import { readFile } from 'node:fs/promises';

import { describe, expect, test } from '@jest/globals';
import { z } from 'zod';

import { UnreadableFile, type RawRow } from './raw-row.ts';
import { readCsv } from './read-csv.ts';
import { rowsOf } from './testing/rows-of.ts';

const problem = z.strictObject({ field: z.string(), code: z.string(), suggestion: z.string().optional() });

const trialSchema = z.strictObject({
  n: z.string(),
  file: z.string().optional(),
  text: z.string().optional(),
  encoding: z.enum(['utf8', 'utf16le', 'utf16be', 'latin1']).default('utf8'),
  /** Good rows between the header and the rest. */
  before: z.int().default(0),
  logins: z.array(z.string().nullable()).optional(),
  /** Fields of the first row, besides its login. */
  first: z.record(z.string(), z.string()).optional(),
  rejected: z.array(z.strictObject({ row: z.int(), problems: z.array(problem) })).default([]),
  /** Why the whole file is refused. */
  problems: z.array(problem).optional(),
  why: z.string().optional(),
});
type Trial = z.output<typeof trialSchema>;

const folder = new URL('../../src/batches/testing/trials/', import.meta.url);
const kinds = z
  .record(z.string(), z.array(trialSchema).min(11))
  .parse(JSON.parse(await readFile(new URL('cases.json', folder), 'utf8')));

async function bytesOf({ file, text = '', encoding, before }: Trial): Promise<Uint8Array> {
  if (file !== undefined) return readFile(new URL(file, folder));
  const [header = '', ...rest] = text.split(/(?<=\n)/);
  const whole = header + 'good@x.example,\n'.repeat(before) + rest.join('');
  return encoding === 'utf16be' ? Buffer.from(whole, 'utf16le').swap16() : Buffer.from(whole, encoding);
}

const loginOf = z.object({ login: z.string().nullable().default(null) });

const acceptedOf = (rows: readonly RawRow[]) => rows.filter(({ problems }) => problems.length === 0);

describe.each(Object.entries(kinds))('of the kind "%s" is read as it is meant:', (_kind, trials) => {
  test.each(trials)('$n', async (trial) => {
    const bytes = await bytesOf(trial);
    for (const size of [1, 7, 65_536]) {
      const rows = await rowsOf(readCsv, bytes, size).catch((error: unknown) => error);
      if (trial.problems !== undefined) {
        expect(rows).toBeInstanceOf(UnreadableFile);
        expect(rows).toMatchObject({ problems: trial.problems });
        continue;
      }
      expect(Array.isArray(rows) ? acceptedOf(rows).map(({ fields }) => loginOf.parse(fields).login) : rows).toEqual(
        trial.logins,
      );
      if (!Array.isArray(rows)) continue;
      const rejected = rows.filter(({ problems }) => problems.length > 0);
      expect(rejected.map(({ row, problems }) => ({ row, problems }))).toEqual(trial.rejected);
      if (trial.first !== undefined) expect(rows[0]?.fields).toMatchObject(trial.first);
    }
  });
});
