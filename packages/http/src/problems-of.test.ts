import { describe, expect, test } from '@jest/globals';
import { describeProblem } from '@keycourier/messages/describe-problem';
import { z } from 'zod';

import { problemsOf } from './problems-of.ts';

const profile = z.strictObject({ city: z.string().optional(), zipCode: z.string().optional() });
const schema = z
  .strictObject({
    login: z.string().optional(),
    purpose: z.enum(['primary', 'backup']).default('primary'),
    scopes: z.array(z.enum(['read', 'write', 'operator'])).optional(),
    profile: profile.optional(),
    rows: z.array(z.strictObject({ login: z.string() })).optional(),
    dryRun: z
      .enum(['true', 'false'])
      .transform((text) => text === 'true')
      .optional(),
  })
  .optional();

function messagesFor(value: unknown): string[] {
  const parsed = schema.safeParse(value);
  return parsed.success ? [] : problemsOf(parsed.error, 'body', schema).map((one) => describeProblem(one).message);
}

const top = '`login`, `purpose`, `scopes`, `profile`, `rows`, `dryRun`';

describe('a problem names what is allowed:', () => {
  test.each<[string, unknown, string[]]>([
    ['a name', { nonsense: 1 }, [`Unknown field \`nonsense\`. Remove it. Allowed here: ${top}.`]],
    [
      'a name that is nearly right',
      { logn: 1 },
      [`Unknown field \`logn\`. Remove it. Did you mean \`login\`? Allowed here: ${top}.`],
    ],
    [
      'letter case',
      { dryrun: 'true' },
      [`Unknown field \`dryrun\`. Remove it. Did you mean \`dryRun\`? Allowed here: ${top}.`],
    ],
    [
      'snake case',
      { dry_run: 'true' },
      [`Unknown field \`dry_run\`. Remove it. Did you mean \`dryRun\`? Allowed here: ${top}.`],
    ],
    [
      'a nested name',
      { profile: { zip_code: '1' } },
      ['Unknown field `profile.zip_code`. Remove it. Did you mean `zipCode`? Allowed here: `city`, `zipCode`.'],
    ],
    [
      'a name in a list',
      { rows: [{ login: 'a', x: 1 }] },
      ['Unknown field `rows[0].x`. Remove it. Allowed here: `login`.'],
    ],
    [
      'a name that may be a value',
      { 'ada@acme.example': 1 },
      [`Unknown field names in \`body\`. Remove them. Allowed here: ${top}.`],
    ],
    [
      'an address for a PIN',
      { email: 'x' },
      ['`email` cannot be set here: the addresses for PINs come from Okta only. Change it in Okta.'],
    ],
    ['a value', { purpose: 'spare' }, ['`purpose` must be one of `primary`, `backup`.']],
    ['a value in a list', { scopes: ['read', 'admin'] }, ['`scopes[1]` must be one of `read`, `write`, `operator`.']],
    ['a switch', { dryRun: 'yes' }, ['`dryRun` must be one of `true`, `false`.']],
  ])('%s', (_what, value, messages) => {
    expect(messagesFor(value)).toEqual(messages);
  });

  test('and never what was sent', () => {
    const value = { purpose: 'canary', profile: { 'canary 1': 1 }, 'canary 2': 1 };
    expect(messagesFor(value).join(' ')).not.toContain('canary');
    expect(messagesFor(value)).toHaveLength(3);
  });
});
