import { readFile } from 'node:fs/promises';

import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { z } from 'zod';

import type { JsonLimits } from './json-limits.ts';
import { readJson, type JsonResult } from './read-json.ts';

/** As small as a test's documents; a document of many pieces has its own. */
const limits: JsonLimits = {
  depth: 4,
  values: 18,
  members: 5,
  elements: 10,
  characters: 20,
  lists: { 'data.events': 3 },
  isTolerant: false,
};
const wide: JsonLimits = {
  depth: 100,
  values: 1e6,
  members: 1e6,
  elements: 1e6,
  characters: 1e6,
  isTolerant: true,
};

async function* inChunks(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let start = 0; start < bytes.length; start += size) yield bytes.subarray(start, start + size);
}

const read = async (text: string | Uint8Array, options: { limits?: JsonLimits; size?: number } = {}) =>
  withoutText(await readJson(inChunks(Buffer.from(text), options.size ?? 65_536), options.limits ?? limits));

/** What was read; that the text comes with it has a test of its own. */
function withoutText(result: JsonResult) {
  return result.outcome === 'read' ? { outcome: result.outcome, json: result.json } : result;
}

const trials = z
  .array(z.object({ n: z.string(), text: z.string(), code: z.string(), line: z.int(), column: z.int() }))
  .parse(JSON.parse(await readFile(new URL('../../src/testing/trials/json-faults.json', import.meta.url), 'utf8')));

describe('a JSON document', () => {
  test.each(trials)(
    'with $n is refused with its place, in chunks of any size',
    async ({ text, code, line, column }) => {
      for (const size of [1, 5, 1_000])
        expect(await read(text, { size })).toEqual({ outcome: 'refused', fault: { code, position: { line, column } } });
    },
  );

  test('is read as JSON.parse reads it, in chunks of any size', async () => {
    await fc.assert(
      fc.asyncProperty(fc.json({ maxDepth: 6 }), fc.integer({ min: 1, max: 50 }), async (text, size) => {
        const expected: unknown = JSON.parse(text);
        expect(await read(text, { limits: wide, size })).toEqual({ outcome: 'read', json: expected });
      }),
      { numRuns: 500 },
    );
  });

  test('is JSON if JSON.parse says so, and only then', async () => {
    const alphabet = fc.constantFrom(
      ...'{}[],:"\\ 01-.eEu'.split(''),
      '\n',
      'true',
      'null',
      '"a"',
      '\\u0041',
      '\ud800',
      'é',
    );
    const counts = { read: 0, refused: 0 };
    await fc.assert(
      fc.asyncProperty(fc.array(alphabet, { minLength: 1, maxLength: 12 }), async (parts) => {
        const text = Buffer.from(parts.join('')).toString();
        const { outcome } = await read(text, { limits: wide, size: 3 });
        expect(outcome).toBe(isJson(text) ? 'read' : 'refused');
        counts[outcome] += 1;
      }),
      { numRuns: 3_000, seed: 1 },
    );
    expect(counts.read).toBeGreaterThan(50);
    expect(counts.refused).toBeGreaterThan(1_000);
  });

  test('at its limits is read', async () => {
    for (const text of [
      '[[[[]]]]',
      '[1,2,3,4,5,6,7,8,9,10]',
      '{"a":1,"b":1,"c":1,"d":1,"e":1}',
      '[[1,1,1,1,1,1,1,1],[1,1,1,1,1,1,1]]',
      '"12345678901234567890"',
      '{"data":{"events":[1,2,3]},"events":[1,2,3,4]}',
      '{"data":{"data":{"events":[1,2,3,4]}}}',
      '[{"data":{"events":[1,2,3,4]}}]',
      '{"constructor":[1,2,3,4]}',
    ])
      expect(await read(text)).toMatchObject({ outcome: 'read' });
  });

  test('may have a byte order mark, and nothing at all', async () => {
    expect(await read('\uFEFF{"a":1}')).toEqual({ outcome: 'read', json: { a: 1 } });
    expect(await read('')).toEqual({ outcome: 'read', json: undefined });
  });

  test('comes with its text', async () => {
    expect(await readJson(inChunks(Buffer.from('{"a":1}'), 2), wide)).toMatchObject({ text: '{"a":1}' });
  });

  test('keeps a key __proto__ as data', async () => {
    const result = await read('{"__proto__":{"polluted":true}}');
    expect(result.outcome === 'read' && JSON.stringify(result.json)).toBe('{"__proto__":{"polluted":true}}');
    expect({}).not.toHaveProperty('polluted');
  });

  test.each([
    ['Latin-1', Buffer.from('"ö"', 'latin1')],
    ['UTF-16', Buffer.from('\uFEFF"a"', 'utf16le')],
    ['half a character', Buffer.from('"Ł').subarray(0, -1)],
  ])('in %s is no UTF-8', async (_what, bytes) => {
    expect(await read(bytes)).toEqual({ outcome: 'refused', fault: { code: 'not_utf8', position: null } });
  });

  test('of another may name a member twice, and have bytes that are no UTF-8', async () => {
    const text = Buffer.concat([Buffer.from('{"a":1,"a":"'), Buffer.from([0xff]), Buffer.from('"}')]);
    expect(await read(text, { limits: wide })).toEqual({ outcome: 'read', json: { a: '\uFFFD' } });
  });

  test('has the place of a fault behind many pieces, and within a text that is longer than one', async () => {
    const rows = Array.from({ length: 3_000 }, (_, index) => `  {"row": ${index}, "note": "${'x'.repeat(40)}"}`);
    const broken = `[\n${rows.join(',\n')},\n  oops\n]`;
    expect(await read(broken, { limits: wide })).toMatchObject({
      fault: { code: 'not_json', position: { line: 3_002, column: 3 } },
    });
    const within = `{\n "note": "${'x'.repeat(30_000)}\\q and more of it"}`;
    expect(await read(within, { limits: wide })).toMatchObject({
      fault: { code: 'not_json', position: { line: 2, column: 10 } },
    });
  });
});

describe('a short document of another that is here as a whole', () => {
  const tolerant: JsonLimits = { ...limits, characters: 1_000, isTolerant: true };

  test('is read, and refused, as the same document in pieces is', async () => {
    const counts = { read: 0, refused: 0 };
    const json = fc.json({ maxDepth: 5 }).filter((text) => !text.includes('"__proto__"'));
    await fc.assert(
      fc.asyncProperty(fc.oneof(json, fc.string()), async (text) => {
        const whole = withoutText(await readJson(Buffer.from(text), tolerant));
        expect(whole).toEqual(await read(text, { limits: tolerant }));
        counts[whole.outcome] += 1;
      }),
      { numRuns: 1_000, seed: 1 },
    );
    expect(Math.min(counts.read, counts.refused)).toBeGreaterThan(100);
  });

  test.each(trials.filter(({ code }) => code !== 'duplicate_member' && code !== 'text_too_long'))(
    'with $n is refused with its place',
    async ({ text, code, line, column }) => {
      const result = await readJson(Buffer.from(text), tolerant);
      expect(result).toEqual({ outcome: 'refused', fault: { code, position: { line, column } } });
    },
  );

  test('and may be longer than a text may be is refused for one that is too long', async () => {
    const text = `["${'x'.repeat(1_001)}",${'1'.repeat(1_001)}]`;
    expect(await readJson(Buffer.from(text), tolerant)).toMatchObject({ fault: { code: 'text_too_long' } });
    expect(await readJson(Buffer.from(`[${'1'.repeat(1_001)}]`), tolerant)).toMatchObject({
      fault: { code: 'text_too_long' },
    });
  });

  test('is refused for a level too many, however many there are', async () => {
    expect(await readJson(Buffer.from('['.repeat(100_000) + ']'.repeat(100_000)), tolerant)).toMatchObject({
      fault: { code: 'too_deep' },
    });
  });
});

describe('a long JSON document', () => {
  test('is refused for its count when only that much of it is read', async () => {
    let chunks = 0;
    async function* endless(): AsyncGenerator<Uint8Array> {
      yield Buffer.from('[');
      for (; chunks < 10_000; chunks += 1) yield Buffer.from('{},'.repeat(5_000));
    }
    const result = await readJson(endless(), { ...wide, elements: 500 });
    expect(result).toMatchObject({ fault: { code: 'too_many_elements', position: { line: 1, column: 1_502 } } });
    expect(chunks).toBe(0);
  });

  test('lets other work run between its stretches', async () => {
    const text = `[${'{"a":[1,2,3]},'.repeat(60_000)}1]`;
    let timeouts = 0;
    const timer = setInterval(() => (timeouts += 1), 0);
    const result = await read(text, { limits: wide, size: text.length });
    clearInterval(timer);
    expect(result).toMatchObject({ outcome: 'read' });
    expect(timeouts).toBeGreaterThan(3);
  });
});

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
