import { json } from '@keycourier/http/contract';
import { queryRoute } from '@keycourier/http/parse-request';
import { verifyAudit as verify, type Verification } from '@keycourier/ledger/audit/verify-audit';
import { daysBefore } from '@keycourier/ledger/retention/policy';
import { z } from 'zod';

import type { Endpoint } from '../endpoint.ts';
import { explained } from '../openapi/meanings.ts';
import { refuse } from '../problems.ts';
import { hash, seq } from './audit-fields.ts';

const query = z.strictObject({
  after: seq.meta({ description: 'Verify from here on; `hash` is needed with it' }).optional(),
  hash: hash
    .meta({
      description:
        'What the hash of the entry `after` was: from the part before, or from an export or log line that was kept elsewhere',
    })
    .optional(),
});

const breaks = {
  changed:
    'it is not as it was recorded, was not recorded by this system, or its actor and reason were erased before `retention.auditDays`',
  removed: 'it is missing, and later ones are there',
  reordered: 'another entry is in its place',
  truncated: 'it and all after it are missing',
  head_changed: 'the record of the last entry does not fit it',
} as const;

const place = z.strictObject({
  seq: z.int().meta({ description: 'The number of an entry' }),
  hash: z.string().meta({ description: 'Its hash, in hex' }),
});

const result = z
  .strictObject({
    outcome: z.enum(['intact', 'broken', 'empty']).meta({
      description:
        '`intact`: as recorded. `broken`: see `brokenAt` and `how`. `empty`: there is no entry: none was recorded, or all were removed, which only a place that was kept elsewhere shows (`after` and `hash`)',
    }),
    checked: z.int().meta({ description: 'How many entries were read and are as recorded' }),
    erased: z
      .int()
      .nullable()
      .meta({ description: 'Of them, those whose actor and reason are erased; null where it is broken' }),
    last: place.nullable().meta({
      description:
        'The last entry read: `after` and `hash` of the next part, and what to keep elsewhere to find later that the end was cut off; null where it is broken or empty',
    }),
    isComplete: z
      .boolean()
      .meta({ description: 'Whether the end of the log was reached; otherwise go on with `last`' }),
    brokenAt: z.int().nullable().meta({ description: 'The number of the first entry that is not as recorded' }),
    how: z
      .enum(['changed', 'removed', 'reordered', 'truncated', 'head_changed'])
      .nullable()
      .meta({ description: `What is wrong with it:\n\n${explained(breaks)}` }),
  })
  .meta({ id: 'AuditVerification' });

const example: z.output<typeof result> = {
  outcome: 'intact',
  checked: 42,
  erased: 0,
  last: { seq: 42, hash: '9f'.repeat(32) },
  isComplete: true,
  brokenAt: null,
  how: null,
};

/** Entries a request, so that it ends within the time that it has. */
const perRequest = 10_000;

export const verifyAudit: Endpoint = {
  contract: {
    name: 'verifyAudit',
    summary: 'Verify the audit log',
    description:
      'Computes the chain of hashes anew, up to 10,000 entries a request. Without `after` it begins at the first entry; then go on with `last` until `isComplete`.',
    query,
    answers: { 200: { description: 'What was found', content: json(result, example) } },
    refusals: [],
  },
  handler: queryRoute(query, async ({ ledger }, { tenant }, { query: { after, hash: known } }) => {
    if ((after ?? 0) > 0 && known === undefined)
      return refuse('bad_request', 'Set `hash` too: the hash of the entry `after`.');
    const anchor = after === undefined || known === undefined ? undefined : { seq: after, hash: known };
    const erasedBefore = daysBefore(ledger.now(), tenant.auditDays);
    const found = await verify(ledger, { tenant: tenant.name, erasedBefore, after: anchor, limit: perRequest });
    return { status: 200, body: toDto(found) };
  }),
};

function toDto(found: Verification): z.output<typeof result> {
  const sound = { brokenAt: null, how: null };
  switch (found.outcome) {
    case 'intact':
      return { ...found, ...sound };
    case 'empty':
      return { ...found, checked: 0, erased: 0, last: null, isComplete: true, ...sound };
    case 'broken': {
      const { outcome, checked, seq: brokenAt, how } = found;
      return { outcome, checked, erased: null, last: null, isComplete: false, brokenAt, how };
    }
  }
}
