import { holdCodes } from '@keycourier/journey/model/holds';
import { triggers } from '@keycourier/journey/model/shipment';
import { bulkActions, type BulkAction as ActionName } from '@keycourier/journey/requests/bulk-actions';
import { maxBulkItems, type BulkAction, type BulkFilter } from '@keycourier/ledger/bulk/bulk-action';
import type { BulkItem, OutcomeCount } from '@keycourier/ledger/bulk/bulk-actions';
import type { BulkOutcome } from '@keycourier/ledger/console-tables';
import { describeOut } from '@keycourier/messages/bulk';
import { z } from 'zod';

import { status } from '../shipments/query-fields.ts';
import { filterInBody } from '../shipments/shipment-filter.ts';

/** Who looks into a hold, and when, is decided by the operators of the console. */
export const requestable = ['retry', 'accept-correction', 'cancel', 'resend-pin'] as const satisfies ActionName[];

const { cursor: _cursor, ...selectable } = filterInBody;

const filter = z
  .strictObject(selectable)
  .refine((fields) => Object.values(fields).some((value) => value !== undefined), { params: { code: 'missing' } })
  .meta({
    description: 'As for a search; at least one field. Dry runs are not among what it selects',
    example: { status: ['held'], cause: 'profile_problems primaryPhone/missing' },
  });

export const newBulk = z.strictObject({
  action: z.enum(requestable).meta({ description: 'What to do with each shipment' }),
  filter,
});

export const startBody = z.strictObject({
  reason: z
    .string()
    .trim()
    .regex(/^[^\p{C}]{3,200}$/u)
    .meta({
      description: 'Why, for the audit log: 3 to 200 characters',
      example: 'The phone numbers are in Okta now',
    }),
});

/** As the ledger keeps it. */
export function toFilter(fields: z.output<typeof filter>): BulkFilter {
  const { status: wanted, holdCode, trigger, since, until, ...rest } = fields;
  const parts = {
    ...rest,
    statuses: wanted,
    holdCodes: holdCode,
    triggers: trigger,
    since: since?.toISOString(),
    until: until?.toISOString(),
  };
  return Object.fromEntries(Object.entries(parts).filter(([, value]) => value !== undefined));
}

const outcomes = {
  unjudged: 'unchecked',
  in: 'in',
  out: 'out',
  done: 'done',
  unchanged: 'unchanged',
  refused: 'refused',
  failed: 'failed',
} as const satisfies Record<BulkOutcome, string>;

const time = z.iso.datetime();

const shownFilter = z.strictObject({
  status: z.array(status).optional().meta({ description: 'One of these statuses' }),
  holdCode: z.array(z.enum(holdCodes)).optional().meta({ description: 'Held for one of these codes' }),
  trigger: z.array(z.enum(triggers)).optional().meta({ description: 'Requested in one of these ways' }),
  cause: z.string().optional().meta({ description: 'Held for exactly this cause' }),
  snoozed: z.boolean().optional().meta({ description: 'Whether the hold is snoozed in the console' }),
  user: z.string().optional().meta({ description: 'An exact Okta id or login' }),
  name: z.string().optional().meta({ description: 'A part of the name, as the console searches for it' }),
  batchId: z.string().optional().meta({ description: 'The shipments of this batch' }),
  serial: z.string().optional().meta({ description: 'The serial number of the key' }),
  trackingNumber: z.string().optional().meta({ description: 'The tracking number of the parcel' }),
  since: time.optional().meta({ description: 'Requested at this time or after it' }),
  until: time.optional().meta({ description: 'Requested before this time' }),
});

export const bulk = z
  .strictObject({
    id: z.string(),
    action: z.enum(bulkActions).meta({ description: 'What is done with each shipment' }),
    state: z.enum(['checking', 'checked', 'running', 'ended']).meta({ description: 'How far it is' }),
    filter: shownFilter.meta({ description: 'What its shipments were selected by' }),
    total: z.int().meta({ description: `Shipments that were selected when it was made: ${maxBulkItems} at most` }),
    isCutOff: z.boolean().meta({ description: 'Whether the filter selected more: these are the newest' }),
    by: z
      .strictObject({
        kind: z.string().meta({ description: '`api_key`, or `operator` of the console' }),
        id: z.string().meta({ description: 'The key’s id, or the user name' }),
      })
      .meta({ description: 'Who started it; before that, who made it' }),
    reason: z.string().nullable().meta({ description: 'Why it was started; null: it was not' }),
    createdAt: time,
    checkedAt: time.nullable().meta({ description: 'When its dry run had checked all; null: not yet' }),
    startedAt: time.nullable().meta({ description: 'When it was started; null: not yet' }),
    endedAt: time.nullable().meta({ description: 'When it ended; null: it has not' }),
    stopped: z
      .enum(['operator', 'access_ended'])
      .nullable()
      .meta({ description: 'Why it stops before its end; null: it does not' }),
  })
  .meta({ id: 'BulkAction' });

const outcome = z.enum(Object.values(outcomes));

export const bulkWithCounts = bulk
  .extend({
    counts: z.record(outcome, z.int()).meta({ description: 'How many of its shipments have each outcome' }),
    reasons: z
      .array(
        z.strictObject({
          outcome: outcome.meta({ description: 'What became of them' }),
          code: z.string().meta({ description: 'Why, by code; later versions may add others' }),
          message: z.string().meta({ description: 'Why, in a sentence' }),
          count: z.int().meta({ description: 'How many' }),
        }),
      )
      .meta({ description: 'Why shipments have no part in it, most frequent first' }),
  })
  .meta({ id: 'BulkActionWithCounts' });

export const bulkItem = z
  .strictObject({
    number: z.int().meta({ description: 'Its place in the action, from 1' }),
    shipmentId: z.string().meta({ description: 'The shipment' }),
    outcome: outcome.meta({ description: 'What became of it' }),
    code: z.string().nullable().meta({ description: 'Why it has no part in it, by code; null: it has' }),
    message: z.string().nullable().meta({ description: 'Why, in a sentence' }),
    at: time.nullable().meta({ description: 'When its outcome was decided; null: not yet' }),
  })
  .meta({ id: 'BulkItem' });

export function toBulk(found: BulkAction): z.output<typeof bulk> {
  const { statuses, holdCodes: codes, triggers: ways, ...filters } = found.filter;
  const several = {
    ...(statuses === undefined ? {} : { status: statuses }),
    ...(codes === undefined ? {} : { holdCode: codes }),
    ...(ways === undefined ? {} : { trigger: ways }),
  };
  return {
    id: found.id,
    action: found.action,
    state: found.state,
    filter: { ...several, ...filters },
    total: found.total,
    isCutOff: found.isCutOff,
    by: { kind: found.actor.kind, id: found.actor.id },
    reason: found.reason,
    createdAt: found.createdAt.toISOString(),
    checkedAt: found.checkedAt?.toISOString() ?? null,
    startedAt: found.startedAt?.toISOString() ?? null,
    endedAt: found.endedAt?.toISOString() ?? null,
    stopped: found.stopRequested,
  };
}

export function withCounts(found: BulkAction, counts: readonly OutcomeCount[]): z.output<typeof bulkWithCounts> {
  const summed = { unchecked: 0, in: 0, out: 0, done: 0, unchanged: 0, refused: 0, failed: 0 };
  for (const { outcome: one, count } of counts) summed[outcomes[one]] += count;
  const reasons = counts.flatMap(({ outcome: one, code, count }) =>
    code === null ? [] : [{ outcome: outcomes[one], code, message: describeOut(code), count }],
  );
  return { ...toBulk(found), counts: summed, reasons };
}

export const toBulkItem = ({ position, shipmentId, outcome: one, code, at }: BulkItem): z.output<typeof bulkItem> => ({
  number: position,
  shipmentId,
  outcome: outcomes[one],
  code,
  message: code === null ? null : describeOut(code),
  at: at?.toISOString() ?? null,
});

const storedOf = new Map<string, BulkOutcome>([
  ['unchecked', 'unjudged'],
  ['in', 'in'],
  ['out', 'out'],
  ['done', 'done'],
  ['unchanged', 'unchanged'],
  ['refused', 'refused'],
  ['failed', 'failed'],
]);

/** Of a query. */
export const outcomeInUrl = outcome.transform((name) => storedOf.get(name));

export const bulkExample: z.output<typeof bulkWithCounts> = {
  id: 'blk_01kab3v6d2m8zq4w0xrt5y7n9c',
  action: 'retry',
  state: 'checked',
  filter: { status: ['held'], cause: 'profile_problems primaryPhone/missing' },
  total: 300,
  isCutOff: false,
  by: { kind: 'api_key', id: 'key_01kab3v6d2m8zq4w0xrt5y7n9c' },
  reason: null,
  createdAt: '2026-03-02T09:00:00.000Z',
  checkedAt: '2026-03-02T09:00:04.000Z',
  startedAt: null,
  endedAt: null,
  stopped: null,
  counts: { unchecked: 0, in: 298, out: 2, done: 0, unchanged: 0, refused: 0, failed: 0 },
  reasons: [{ outcome: 'out', code: 'needs_operator', message: describeOut('needs_operator'), count: 2 }],
};
