import { describeProblem } from '@keycourier/messages/describe-problem';
import { maxRows } from '@keycourier/operations/batches/limits';
import { keyRequest } from '@keycourier/operations/batches/request-fields';
import { z } from 'zod';

import { status } from '../shipments/query-fields.ts';
import { fieldProblem } from '../shipments/shipment-schema.ts';

/** Accepts rows of any shape: an invalid row is rejected alone, not with the whole body. */
export const batchBody = z.strictObject({
  rows: z
    .array(z.union([keyRequest, z.unknown()]))
    .min(1)
    .max(maxRows),
});

export const bodyExample = {
  rows: [{ login: 'ada@example.com' }, { userId: '00u1ada2lovelace3X4', purpose: 'backup' }],
};
export const csvExample = 'login,purpose,note\nada@example.com,primary,"Starts on Monday"\n';

const rejected = z
  .array(z.strictObject({ row: z.int().meta({ description: 'Counted from 1' }), problems: z.array(fieldProblem) }))
  .max(1_000)
  .meta({ description: 'The rejected rows, at most the first 1,000' });

const counts = {
  id: z.string(),
  total: z.int().meta({ description: 'Rows of the file' }),
  accepted: z.int().meta({ description: 'Rows that became shipments' }),
  rejected,
  rejectedTotal: z.int().meta({ description: 'Rows that were rejected' }),
};

export const report = z.strictObject(counts).meta({ id: 'BatchReport' });

export const batch = z
  .strictObject({
    ...counts,
    dryRun: z.boolean().meta({ description: 'Profiles are checked, nothing is ordered' }),
    statuses: z.partialRecord(status, z.int()).meta({ description: 'The number of its shipments in each status' }),
    done: z.boolean().meta({ description: 'Whether every accepted row has been checked' }),
    orderedAs: z
      .string()
      .nullable()
      .meta({ description: 'Of a dry run: the batch that was ordered from it; null: none' }),
    createdAt: z.iso.datetime(),
  })
  .meta({ id: 'Batch' });

export const listedBatch = z
  .strictObject({
    id: counts.id,
    total: counts.total,
    accepted: counts.accepted,
    rejectedTotal: counts.rejectedTotal,
    dryRun: z.boolean().meta({ description: 'Profiles are checked, nothing is ordered' }),
    apiKeyId: z.string().nullable().meta({ description: 'The API key that sent it' }),
    createdAt: z.iso.datetime(),
  })
  .meta({ id: 'ListedBatch' });

export const rowStatus = z.enum([...status.options, 'rejected']);

export const batchRow = z
  .strictObject({
    row: z.int(),
    status: rowStatus,
    user: z.strictObject({ id: z.string().nullable(), login: z.string().nullable() }),
    shipmentId: z.string().nullable().meta({ description: 'Null for a rejected row' }),
    trackingUrl: z.string().nullable(),
    problems: z.array(fieldProblem),
    suggestion: z
      .record(z.string(), z.string())
      .nullable()
      .meta({ description: 'Values that would make the address deliverable: accept them with a correction' }),
  })
  .meta({ id: 'BatchRow' });

export type BatchRowDto = z.output<typeof batchRow>;

const duplicateRow = { row: 2, problems: [describeProblem({ field: 'login', code: 'duplicate_row' })] };

export const reportExample: z.output<typeof report> = {
  id: 'bat_01kab3v6d2m8zq4w0xrt5y7n9c',
  total: 2,
  accepted: 1,
  rejected: [duplicateRow],
  rejectedTotal: 1,
};

export const batchExample: z.output<typeof batch> = {
  ...reportExample,
  dryRun: false,
  statuses: { in_transit: 1 },
  done: true,
  orderedAs: null,
  createdAt: '2026-03-01T08:00:00.000Z',
};

export const listedBatchExample: z.output<typeof listedBatch> = {
  id: reportExample.id,
  total: reportExample.total,
  accepted: reportExample.accepted,
  rejectedTotal: reportExample.rejectedTotal,
  dryRun: false,
  apiKeyId: 'key_01kab3v6d2m8zq4w0xrt5y7n9c',
  createdAt: batchExample.createdAt,
};

export const rowExample: BatchRowDto = {
  row: 1,
  status: 'held',
  user: { id: '00u1ada2lovelace3X4', login: 'ada@example.com' },
  shipmentId: 'shp_01kab3v6d2m8zq4w0xrt5y7n9c',
  trackingUrl: null,
  problems: [{ ...describeProblem({ field: 'zipCode', code: 'not_a_postal_code' }), suggestion: 'E14 5AB' }],
  suggestion: { zipCode: 'E14 5AB' },
};
