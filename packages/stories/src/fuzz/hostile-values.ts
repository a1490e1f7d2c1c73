import fc, { type Arbitrary } from 'fast-check';

/** Texts that have broken parsers, stores, logs and pages elsewhere. */
const knownTexts = [
  '',
  ' ',
  '\0',
  'a\0b',
  '\ud800',
  'x\udfff',
  '\ufeff',
  '\u202e\u2066',
  'ﬀ𝟘Ⅷ',
  '👩‍👩‍👧‍👦🇩🇪',
  'Z̷̢̧͙̗̈́̓a̷l̶g̸o̵',
  '\r\nset-cookie: a=b',
  '%00',
  '%0d%0a',
  '%zz',
  '..',
  '../../etc/passwd',
  '..%2f..%2fetc%2fpasswd',
  '%2e%2e%2f',
  '..\\..\\',
  'a%2Fb',
  '__proto__',
  'constructor',
  'prototype',
  'toString',
  'hasOwnProperty',
  "'; drop table shipments; --",
  '1; select pg_sleep(5)',
  '${jndi:ldap://x}',
  '{{7*7}}',
  '<script>alert(1)</script>',
  '"><img src=x onerror=alert(1)>',
  '=cmd|A1',
  'null',
  'undefined',
  'NaN',
  '-0',
  '1e999',
  '999999999999999999999999',
  '0x10',
  '2026-02-30T25:61:61Z',
  '-271821-04-20T00:00:00Z',
  'true',
  '[]',
  '{}',
] as const;

export const hostileText: Arbitrary<string> = fc.oneof(
  { weight: 5, arbitrary: fc.constantFrom(...knownTexts) },
  { weight: 3, arbitrary: fc.string({ unit: 'binary', maxLength: 40 }) },
  {
    weight: 1,
    arbitrary: fc
      .tuple(fc.constantFrom('a', '0', '"', '\\', '%', 'é', '\u0301', '/'), fc.nat({ max: 5_000 }))
      .map(([one, count]) => one.repeat(count)),
  },
);

/** What JSON.parse refuses. */
export const brokenJson = fc.constantFrom(
  '01',
  'NaN',
  "'x'",
  '[1,]',
  '{"a":}',
  '+1',
  'nul',
  '"\\x"',
  '"\t"',
  '1 2',
  '',
);

/** JSON values as their text: not every one can be made by `JSON.stringify`. */
export const hostileJson: Arbitrary<string> = fc.oneof(
  { weight: 4, arbitrary: hostileText.map((text) => JSON.stringify(text)) },
  { weight: 2, arbitrary: fc.json({ maxDepth: 4 }) },
  {
    weight: 3,
    arbitrary: fc.constantFrom(
      'null',
      'true',
      '[]',
      '{}',
      '0',
      '-0',
      '-1',
      '1e999',
      '1e-999',
      '123456789012345678901234567890',
      '0.1',
      '"\\ud800"',
      '"\\u0000"',
      '{"a":1,"a":2}',
      '{"__proto__":{"x":1}}',
      '{"constructor":{"prototype":{}}}',
    ),
  },
  {
    weight: 1,
    arbitrary: fc
      .tuple(fc.constantFrom(['[', ']'], ['{"a":', '}']), fc.nat({ max: 3_000 }))
      .map(([[open, close], depth]) => (open ?? '').repeat(depth) + '1' + (close ?? '').repeat(depth)),
  },
  { weight: 1, arbitrary: fc.nat({ max: 3_000 }).map((count) => `[${'{},'.repeat(count)}0]`) },
);

/** Bytes made from a document by a few changes, most of which leave it nearly right. */
export function mutated(document: Arbitrary<string>): Arbitrary<Buffer> {
  const change = fc.oneof(
    fc.record({
      kind: fc.constant('insert' as const),
      at: fc.double({ min: 0, max: 1, noNaN: true }),
      text: hostileText,
    }),
    fc.record({
      kind: fc.constant('insert' as const),
      at: fc.double({ min: 0, max: 1, noNaN: true }),
      text: fc.constantFrom('"', '{', '}', '[', ']', ',', ':', '\\', '\n', ';', '\t', 'sep=;\n'),
    }),
    fc.record({
      kind: fc.constant('remove' as const),
      at: fc.double({ min: 0, max: 1, noNaN: true }),
      length: fc.nat({ max: 60 }),
    }),
    fc.record({
      kind: fc.constant('repeat' as const),
      at: fc.double({ min: 0, max: 1, noNaN: true }),
      length: fc.nat({ max: 60 }),
      count: fc.nat({ max: 400 }),
    }),
    fc.record({ kind: fc.constant('cut' as const), at: fc.double({ min: 0, max: 1, noNaN: true }) }),
    fc.record({
      kind: fc.constant('flip' as const),
      at: fc.double({ min: 0, max: 1, noNaN: true }),
      byte: fc.nat({ max: 255 }),
    }),
  );
  const changes = fc.oneof(fc.constant([]), fc.array(change, { minLength: 1, maxLength: 3 }));
  return fc.tuple(document, changes).map(([text, applied]) => {
    let bytes = Buffer.from(text, 'utf8');
    for (const one of applied) {
      const at = Math.floor(one.at * bytes.length);
      const head = bytes.subarray(0, at);
      switch (one.kind) {
        case 'insert':
          bytes = Buffer.concat([head, Buffer.from(one.text, 'utf8'), bytes.subarray(at)]);
          break;
        case 'remove':
          bytes = Buffer.concat([head, bytes.subarray(at + one.length)]);
          break;
        case 'repeat':
          bytes = Buffer.concat([
            head,
            ...Array.from({ length: one.count }, () => bytes.subarray(at, at + one.length)),
            bytes.subarray(at),
          ]);
          break;
        case 'cut':
          bytes = Buffer.from(head);
          break;
        case 'flip':
          bytes = Buffer.concat([head, Buffer.from([one.byte]), bytes.subarray(at + 1)]);
          break;
      }
    }
    return bytes;
  });
}
