import { describe, expect, test } from '@jest/globals';

import { isGenerated, refuseGenerated } from './generated.ts';

const pinCopyKey = JSON.stringify({ kty: 'EC', crv: 'P-384', kid: 'local_pin-copy-0a1b', x: 'x', y: 'y', d: 'd' });
const operators = JSON.stringify([{ user: 'local_operator', passwordHash: 'scrypt$32768$8$3$salt$hash' }]);

describe('a credential that the local stack generated', () => {
  test.each(['local_abc', 'kc_local_abc', pinCopyKey, operators])('is recognized: %s', (value) => {
    expect(isGenerated(value)).toBe(true);
    expect(() => refuseGenerated(value, 'local', 'here')).not.toThrow();
  });

  test.each(['production', 'simulators', undefined])(
    'is refused where KEYCOURIER_MODE is %s, without quoting it',
    (mode) => {
      for (const value of ['kc_local_canary', pinCopyKey.replace('"x"', '"canary"')]) {
        expect(() => refuseGenerated(value, mode, '/keys/one')).toThrow(/\/keys\/one was generated/);
        expect(() => refuseGenerated(value, mode, '/keys/one')).not.toThrow(/canary/);
      }
    },
  );
});

test('any other credential is accepted in every mode', () => {
  expect(isGenerated('kc_abc')).toBe(false);
  expect(() => refuseGenerated('kc_abc', 'production', 'here')).not.toThrow();
});
