import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { withOutcomes } from '@keycourier/ledger/testing/statement-outcomes';

import { isShared } from '../testing/is-shared.ts';
import { clientOf } from '../testing/requests.ts';
import { runScim, triggerGroup, type RunningScim } from '../testing/running-scim.ts';

let scim: RunningScim;
let okta: ReturnType<typeof clientOf>;
let [anna, group, keys] = ['', '', ''];
beforeAll(async () => {
  scim = await runScim();
  okta = clientOf(scim);
  anna = await okta.user('anna@acme.example');
  [group, keys] = [await okta.group('Readers'), await okta.group(triggerGroup)];
});
afterAll(() => scim.stop());

/** The first words of each statement, without the mark of a prepared one. */
async function statementsOf(work: () => Promise<unknown>): Promise<readonly string[]> {
  const texts: string[] = [];
  await withOutcomes((_number, text, before) => {
    if (!isShared(text)) texts.push(...before, text);
    return 'sent';
  }, work);
  return texts.map((text) => text.replace('/* prepared */', '').trim().split(/\s+/, 2).join(' '));
}

const token = 'with found';
/** `begin` is in the message of the first. */
const transaction = (...statements: readonly string[]) => [token, 'begin', ...statements, 'commit'];
const add = () => ({ op: 'add', path: 'members', value: [{ value: anna }] });
const rename = { op: 'replace', path: 'displayName', value: 'Anna' };
const page = { totalResults: 1 };

test.each<[string, () => Promise<unknown>, readonly string[]]>([
  ['GET of a user', () => okta.read(`/Users/${anna}`), [token, 'select id,']],
  ['a search by userName', () => okta.users('userName eq "anna@acme.example"'), [token, 'select id,']],
  [
    'a page of all users',
    async () => expect(await okta.read('/Users')).toMatchObject(page),
    [token, 'select sum(users)', 'select id,'],
  ],
  ['POST of a user', () => okta.user('ben@acme.example'), [token, 'with person']],
  [
    'PATCH of a user',
    () => okta.patch(`/Users/${anna}`, rename),
    transaction(
      'select id,',
      'select person_id,',
      'with gone',
      'update "people"',
      'select person_id,',
      'with added',
      'select id,',
    ),
  ],
  [
    'PATCH of one member',
    () => okta.patch(`/Groups/${group}`, add()),
    transaction(
      'select id,',
      'savepoint part',
      'select count(*)',
      'insert into',
      'update "directory_groups"',
      'release savepoint',
    ),
  ],
  [
    'PATCH of one member of a group that makes shipments',
    () => okta.patch(`/Groups/${keys}`, add()),
    transaction(
      'select id,',
      'savepoint part',
      'select count(*)',
      'insert into',
      'update "directory_groups"',
      'select person_id,',
      'with added',
      'release savepoint',
    ),
  ],
])('%s takes these statements and no more', async (_what, work, expected) => {
  expect(await statementsOf(work)).toEqual(expected);
});
