import { expect, test } from '@jest/globals';

import { cutOffs } from './policy.ts';

const now = new Date('2030-04-01T12:00:00Z');

test('each tenant has its own cut-off, and one that is not configured the standard one', () => {
  const retentions = {
    acme: { personalDataDays: 1, eventBodyDays: 2, auditDays: 365 },
    globex: { personalDataDays: 3, eventBodyDays: 4, auditDays: 365 },
  };
  expect(cutOffs(retentions, 'personalDataDays', now)).toEqual({
    ofTenants: [
      { tenant: 'acme', before: new Date('2030-03-31T12:00:00Z') },
      { tenant: 'globex', before: new Date('2030-03-29T12:00:00Z') },
    ],
    ofOthers: new Date('2030-01-01T12:00:00Z'),
  });
  expect(cutOffs(retentions, 'eventBodyDays', now)).toMatchObject({
    ofTenants: [{ before: new Date('2030-03-30T12:00:00Z') }, { before: new Date('2030-03-28T12:00:00Z') }],
    ofOthers: new Date('2030-03-02T12:00:00Z'),
  });
});
