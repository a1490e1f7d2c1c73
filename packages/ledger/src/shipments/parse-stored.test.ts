import { describe, expect, test } from '@jest/globals';

import { profile } from '../testing/sample-shipments.ts';
import { readFailure, readHold, readIntents, readSecrets } from './parse-stored.ts';

const badRow = (field: string) =>
  expect.objectContaining({ name: 'LedgerError', code: 'bad_row', message: expect.stringContaining(field) });

describe('what the ledger stored', () => {
  test('reads as it was written', () => {
    const hold = {
      code: 'order_refused',
      problems: [{ field: 'city', code: 'missing' }],
      since: '2030-01-01T00:00:00.000Z',
    };
    expect(readHold(hold)).toEqual({ ...hold, since: new Date(hold.since) });
    expect(readFailure({ code: 'user_not_found', problems: [] })).toEqual({ code: 'user_not_found', problems: [] });
    expect(readIntents({})).toEqual({});
    expect(readSecrets({ profile, login: 'a@example.com' })).toEqual({ profile, login: 'a@example.com' });
  });

  test('reads overrides that the first version wrote', () => {
    expect(readSecrets({ overrides: { city: 'Paris' } })).toEqual({
      overrides: { values: { city: { value: 'Paris', source: 'override' } }, replaced: {} },
    });
  });

  test('reads a suggestion and an edit as they were written', () => {
    const secrets = {
      suggestion: { values: { lastName: 'Short' }, replaced: { lastName: '["Too Long A Name For The Label"]' } },
      edit: { decision: 'accept', profile },
    };
    expect(readSecrets(secrets)).toEqual(secrets);
    expect(readSecrets({ edit: { decision: 'reject' } })).toEqual({ edit: { decision: 'reject' } });
  });

  test.each<[string, () => unknown]>([
    ['code', () => readHold({ code: 'canary', problems: [], since: new Date() })],
    ['problems.0', () => readFailure({ code: 'x', problems: [{ field: 'a', code: 'b', value: 'canary' }] })],
    ['order.attempt', () => readIntents({ order: { at: 'x', reference: 'y', attempt: 'canary' } })],
    ['profile.city', () => readSecrets({ profile: { ...profile, city: { canary: 1 } } })],
    ['login', () => readSecrets({ login: null, canary: 'canary' })],
  ])('otherwise is refused with the name of the field %s, never its value', (field, read) => {
    expect(read).toThrow(badRow(field));
    expect(read).toThrow(expect.objectContaining({ message: expect.not.stringContaining("'canary'") }));
  });
});
