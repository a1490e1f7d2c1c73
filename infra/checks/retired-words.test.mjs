import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';

import { createFinder } from './find-words.mjs';

const find = createFinder([
  {
    words: ['doors?', 'open rows?'],
    instead: 'step',
    except: [{ path: '^packages/address/', line: 'Door \\d', why: 'an address' }],
  },
  { names: ['given', 'Given'], instead: 'input' },
  { names: ['line'], instead: 'position', in: '^packages/ledger/' },
]);

/** @type {(text: string, path?: string) => string[]} */
const found = (text, path = 'apps/api/src/a.ts') => find(path, text).map((hit) => hit.found);

test('a word is found in every way to write it', () => {
  const ways = [
    'the door',
    'Doors',
    'enterDoor',
    'DoorState',
    'card_door',
    'pass-door.ts',
    'openRow',
    'open_rows',
    'Open rows',
  ];
  for (const way of ways) assert.equal(found(way).length, 1, way);
});

test('a word is not found within another word', () => {
  for (const other of ['outdoors', 'doorman', 'reopenRow', 'open the row']) assert.deepEqual(found(other), [], other);
});

test('a name is found in code alone, and only as a whole', () => {
  assert.deepEqual(found("const given = read('given');\nexport type Given = 1;"), ['given', 'Given']);
  assert.deepEqual(found("// as given\n/** as given */\n * as given\nconst givenName = 'is given here';"), []);
  assert.deepEqual(found('as given', 'README.md'), []);
});

test('an entry is about its paths, and allows its exceptions there', () => {
  assert.deepEqual(found('line', 'packages/ledger/migrations/0004.sql'), ['line']);
  assert.deepEqual(found('line', 'packages/address/src/a.ts'), []);
  assert.deepEqual(found("['Door 5']", 'packages/address/src/a.ts'), []);
  assert.deepEqual(found("['Door 5']"), ['door']);
});

test('a hit says where it is, and a name counts once: that of a folder not for each file in it', () => {
  const places = ['apps/api/src/doors', 'apps/api/src/doors/a.ts', 'apps/api/src/a-door.ts'];
  const hits = places.flatMap((path) => find(path, '\na door\n').map(({ line, found: word }) => [path, line, word]));
  assert.deepEqual(hits, [
    [places[0], null, 'doors'],
    [places[0], 2, 'door'],
    [places[1], 2, 'door'],
    [places[2], null, 'door'],
    [places[2], 2, 'door'],
  ]);
});

test('every entry of the list has a pattern, what to write instead, and a reason for each exception', () => {
  /** @type {import('./find-words.mjs').Entry[]} */
  const entries = JSON.parse(readFileSync(new URL('retired-words.json', import.meta.url), 'utf8'));
  for (const { words, names, instead, except = [] } of entries) {
    assert.ok((words === undefined) !== (names === undefined) && instead.length > 0, JSON.stringify(words ?? names));
    for (const { path, line, why } of except) assert.ok((path ?? line) !== undefined && why.length > 0);
  }
  assert.ok(entries.length > 0);
});
