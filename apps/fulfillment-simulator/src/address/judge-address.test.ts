import { describe, expect, test } from '@jest/globals';

import { judgeAddress } from './judge-address.ts';
import { validateAddress } from './validate-address.ts';

const address = {
  street_line1: '1 Market Street',
  street_line2: '',
  city: 'San Francisco',
  region: 'CA',
  postal_code: '94105',
  country_code_2: 'US',
};

describe('the verdict on an address', () => {
  test('is good when no rule rejects it', () => {
    expect(judgeAddress(address)).toEqual({ kind: 'deliverable' });
  });

  test.each([{ street_line1: '5 UNDELIVERABLE Road' }, { street_line2: 'undeliverable' }, { postal_code: '00000' }])(
    'is undeliverable for %j',
    (part) => {
      expect(judgeAddress({ ...address, ...part })).toEqual({ kind: 'undeliverable', foundBy: 'quick_check' });
    },
  );

  test('is found undeliverable only after the order for a doubtful street', () => {
    const doubtful = { ...address, street_line1: 'Doubtful Alley 3' };
    expect(judgeAddress(doubtful)).toEqual({ kind: 'undeliverable', foundBy: 'full_check' });
    expect(validateAddress(doubtful)).toMatchObject({ status: 200, body: { status: 'deliverable' } });
  });

  test('is a suggestion that is a good address itself', () => {
    const verdict = judgeAddress({ ...address, street_line1: '12 Suggested Street' });
    expect(verdict).toEqual({
      kind: 'suggestion',
      suggestion: {
        suggest_street_line1: '12 Main Street',
        suggest_street_line2: '',
        suggest_city: 'San Francisco',
        suggest_region: 'CA',
        suggest_postal_code: '94105',
      },
    });
    expect(judgeAddress({ ...address, street_line1: '12 Main Street' })).toEqual({ kind: 'deliverable' });
  });
});

describe('/validate-address', () => {
  test('returns deliverable, undeliverable, or a suggestion', () => {
    expect(validateAddress(address)).toEqual({ status: 200, body: { status: 'deliverable', details: [] } });
    expect(validateAddress({ ...address, postal_code: '00000' })).toMatchObject({
      status: 200,
      body: { status: 'undeliverable', details: [{ description: expect.any(String) }] },
    });
    expect(validateAddress({ ...address, street_line1: 'Suggest 1' })).toMatchObject({
      status: 200,
      body: { status: 'deliverable', details: [{ description: 'Did you mean Main 1, San Francisco?' }] },
    });
  });

  test('refuses an address that no order may have, with every problem', () => {
    const answer = validateAddress({ ...address, city: '', region: 'California', country_code_2: 'US' });
    expect(answer.status).toBe(400);
    expect(answer.body).toMatchObject({
      status: 'undeliverable',
      errors: [
        { field: 'city', message: 'is required' },
        { field: 'region', message: 'must be a two-letter USPS code for US' },
      ],
    });
  });
});
