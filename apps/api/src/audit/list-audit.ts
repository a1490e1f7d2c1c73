import { json } from '@keycourier/http/contract';
import { queryRoute } from '@keycourier/http/parse-request';
import { auditActions, isAuditAction } from '@keycourier/ledger/audit/entry';
import { countAudit, readAudit, type AuditEntry } from '@keycourier/ledger/audit/read-audit';
import { z } from 'zod';

import type { Endpoint } from '../endpoint.ts';
import { explained } from '../openapi/meanings.ts';
import { countFields, countOf, countQuery } from '../shipments/counted.ts';
import { limit, severalOf, time } from '../shipments/query-fields.ts';
import { hash, seq } from './audit-fields.ts';

const actions = Object.keys(auditActions).filter(isAuditAction);

/** No control characters, which Postgres rejects. */
const text = z.string().regex(/^[^\p{C}]{1,254}$/u);

const query = z.strictObject({
  actor: text.meta({ description: 'The exact id of an API key, or user name of an operator' }).optional(),
  action: severalOf(actions).inUrl.meta({ description: 'Only these actions' }).optional(),
  subject: text.meta({ description: 'The exact id of what was acted on' }).optional(),
  subjectKind: text.meta({ description: 'The kind of what was acted on, such as `shipment`' }).optional(),
  since: time.meta({ description: 'Recorded at this time or after it' }).optional(),
  until: time.meta({ description: 'Recorded before this time' }).optional(),
  before: seq.meta({ description: 'The `nextBefore` of the previous page' }).optional(),
  after: seq
    .meta({ description: 'Oldest first, after this number: for reading the whole log, and its end again and again' })
    .optional(),
  limit,
  count: countQuery,
});

const detail = z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()]));

const entry = z
  .strictObject({
    seq: z.int().meta({ description: 'Its number: 1, 2, 3 and so on in each tenant, without gaps' }),
    at: z.iso.datetime().meta({ description: 'When it was recorded' }),
    actor: z
      .strictObject({
        kind: z.string().meta({
          description:
            '`operator` of the console, `api_key`, `cli`: a command beside the database, or `system`. Later versions may add others',
        }),
        id: z.string().nullable().meta({ description: 'The user name or the key’s id; null once it is erased' }),
        role: z.string().meta({ description: 'What allowed it: an operator’s role, or the scopes of the key' }),
      })
      .meta({ description: 'Who acted' }),
    action: z
      .string()
      .meta({ description: `What was done; later versions may add others:\n\n${explained(auditActions)}` }),
    subject: z
      .strictObject({
        kind: z.string().meta({ description: 'Such as `shipment`, `flow` or `key`' }),
        id: z.string().meta({ description: 'Its id or name' }),
      })
      .meta({ description: 'What was acted on' }),
    detail: detail.meta({ description: 'Further codes, ids and counts, by name' }),
    reason: z
      .string()
      .nullable()
      .meta({ description: 'The actor’s own words; null where none were asked for, or once they are erased' }),
    requestId: z.string().nullable().meta({ description: 'The `Request-Id` of the request, as in the logs' }),
    hash: z.string().meta({ description: 'A keyed hash over the entry and the hash of the one before, in hex' }),
    isErased: z.boolean().meta({ description: 'Whether who and why are erased (`retention.auditDays`)' }),
  })
  .meta({ id: 'AuditEntry' });

const page = z.strictObject({
  items: z.array(entry).meta({ description: 'The entries of this page' }),
  nextBefore: z
    .int()
    .nullable()
    .meta({ description: 'The `before` of the next page; null on the last page, and with `after`' }),
  nextAfter: z
    .int()
    .nullable()
    .meta({ description: 'With `after`: that of the next page, also where nothing follows yet' }),
  ...countFields,
});

const example: z.output<typeof page> = {
  items: [
    {
      seq: 42,
      at: '2026-03-02T09:00:00.000Z',
      actor: { kind: 'operator', id: 'ada@example.com', role: 'operator' },
      action: 'shipment.release_pin',
      subject: { kind: 'shipment', id: 'shp_01kab3v6d2m8zq4w0xrt5y7n9c' },
      detail: {},
      reason: 'She has the key in her hands, and the carrier reports nothing.',
      requestId: '6f0d3c1e-52f2-4a07-9c51-5b9f8f2f0a11',
      hash: '9f'.repeat(32),
      isErased: false,
    },
  ],
  nextBefore: null,
  nextAfter: null,
};

export const listAudit: Endpoint = {
  contract: {
    name: 'listAudit',
    summary: 'List audit entries',
    readsPersonalData: true,
    description:
      'Who did what to which subject, newest first; requests for shipments and reads are not among it. With `after`, oldest first: begin with `after=0`. A key with the scope `audit` is made by one that has it, or on the command line.',
    query,
    answers: { 200: { description: 'A page of entries', content: json(page, example) } },
    refusals: [],
  },
  handler: queryRoute(query, async ({ ledger }, { tenant }, { query: fields }) => {
    const { before, after, limit: pageSize, count, action, actor, subject, subjectKind, since, until } = fields;
    const filter = { tenant: tenant.name, actor, actions: action, subjectId: subject, subjectKind, from: since, until };
    const found = await readAudit(ledger, filter, { before, after, limit: pageSize + 1 });
    const items = found.slice(0, pageSize);
    const last = items.at(-1)?.seq ?? null;
    return {
      status: 200,
      body: {
        items: items.map(toDto),
        nextBefore: after === undefined && found.length > pageSize ? last : null,
        nextAfter: after === undefined ? null : (last ?? after),
        ...(await countOf(count, (atMost) => countAudit(ledger, filter, atMost))),
      },
    };
  }),
};

const toDto = (found: AuditEntry): z.output<typeof entry> => ({
  ...found,
  at: found.at.toISOString(),
  detail: { ...found.detail },
  hash: hash.parse(found.hash),
});
