import { beforeAll, describe, expect, test } from '@jest/globals';
import { hashPassword } from '@keycourier/config/key-files/password';

import { parseOperators } from './operators.ts';

let hash: string;
const file = (...users: string[]): string => JSON.stringify(users.map((user) => ({ user, passwordHash: hash })));

beforeAll(async () => {
  hash = await hashPassword('nine volts');
});

describe('the operators', () => {
  test('sign in with user name and password, in any case of the name', async () => {
    const operators = parseOperators(file('ada'));
    expect(await operators.authenticate(' Ada ', 'nine volts')).toMatchObject({ user: 'ada' });
    expect(await operators.authenticate('ada', 'ten volts')).toBeNull();
  });

  test("an unknown user is refused even with another user's password", async () => {
    expect(await parseOperators(file('ada')).authenticate('grace', 'nine volts')).toBeNull();
  });

  test('a changed password or a removed user ends earlier sessions', async () => {
    const ada = await parseOperators(file('ada')).authenticate('ada', 'nine volts');
    expect(ada).not.toBeNull();
    if (ada === null) return;
    expect(parseOperators(file('grace', 'ada')).current(ada)).toEqual(ada);
    expect(parseOperators(file('grace')).current(ada)).toBeNull();
    const changed = JSON.stringify([{ user: 'ada', passwordHash: await hashPassword('nine volts') }]);
    expect(parseOperators(changed).current(ada)).toBeNull();
  });

  test('are admins of all tenants unless the file says otherwise, from then on in sessions that are open', async () => {
    const row = { user: 'ada', passwordHash: hash };
    const ada = await parseOperators(JSON.stringify([row])).authenticate('ada', 'nine volts');
    expect(ada).toMatchObject({ source: 'local', grants: [{ tenant: '*', role: 'admin' }] });
    if (ada === null) return;
    const later = parseOperators(JSON.stringify([{ ...row, role: 'viewer', tenants: ['acme'], breakGlass: true }]));
    expect(later.current(ada)).toMatchObject({ source: 'break_glass', grants: [{ tenant: 'acme', role: 'viewer' }] });
  });

  test("end no session of Okta's, and take none over", async () => {
    const ada = await parseOperators(file('ada')).authenticate('ada', 'nine volts');
    if (ada !== null) expect(parseOperators(file('ada')).current({ ...ada, source: 'okta' })).toBeNull();
  });

  test.each([
    ['not JSON', '[{', /not JSON/],
    ['empty', '[]', /at least one operator/],
    ['a user twice', () => file('ada', 'ada'), /twice/],
    ['a password instead of a hash', '[{ "user": "ada", "passwordHash": "nine volts" }]', /scrypt/],
    ['an unknown role', '[{ "user": "ada", "passwordHash": "nine volts", "role": "root" }]', /role/],
    ['no tenant', '[{ "user": "ada", "passwordHash": "nine volts", "tenants": [] }]', /at least one tenant/],
    ['an unknown field', '[{ "user": "ada", "password": "nine volts" }]', /password/],
  ])('a file with this fault is refused without a quotation: %s', (_what, text, message) => {
    const parse = (): unknown => parseOperators(typeof text === 'string' ? text : text());
    expect(parse).toThrow(message);
    expect(parse).not.toThrow(/nine volts/);
  });
});
