import type { Problem } from '@keycourier/journey/model/shipment';
import type { RowRequest } from '@keycourier/ledger/batches/prepare-rows';
import type { RowSubject } from '@keycourier/ledger/batches/reject-rows';
import { z } from 'zod';

import type { Caller } from '../access/find-caller.ts';
import { problemsOf } from '../http/problems-of.ts';
import {
  asOnePerson,
  hasOnePerson,
  onePerson,
  overrides,
  overridesIn,
  requestFields,
} from '../shipments/request-fields.ts';
import { selectProduct } from '../shipments/select-product.ts';
import type { RawRow } from './raw-row.ts';

/** A row is flat: the attributes that it overrides stand beside the rest, by their Okta names. */
export const rowSchema = z
  .strictObject({ ...requestFields, ...overrides })
  .refine(hasOnePerson, onePerson)
  .meta(asOnePerson);

const short = z.string().max(254).nullable().catch(null).default(null);
const subjectSchema = z.object({ userId: short, login: short }).catch({ userId: null, login: null });

export type Judged =
  | { outcome: 'usable'; row: number; request: RowRequest; subject: RowSubject }
  | { outcome: 'rejected'; row: number; problems: readonly Problem[]; subject: RowSubject };

/** What a row asks for, or everything that is wrong with it by itself. */
export function judgeRow(
  { apiKey, tenant }: Caller,
  batch: { id: string; dryRun: boolean },
  { row, given, problems }: RawRow,
): Judged {
  const { userId: id, login } = subjectSchema.parse(given);
  const reject = (...found: readonly Problem[]): Judged => ({
    outcome: 'rejected',
    row,
    problems: [...problems, ...found],
    subject: { id, login },
  });
  if (problems.length > 0) return reject();
  const parsed = rowSchema.safeParse(given);
  if (!parsed.success) return reject(...problemsOf(parsed.error, 'row'));
  const selection = selectProduct(parsed.data, tenant.products);
  if (selection.outcome === 'refused') return reject(selection.problem);
  const { userId = null, login: asLogin = null, purpose, note = null } = parsed.data;
  const request: RowRequest = {
    tenant: tenant.name,
    trigger: 'batch',
    purpose,
    userId,
    login: asLogin,
    product: selection.product,
    groupId: null,
    pinPolicy: tenant.pinPolicy,
    dryRun: batch.dryRun,
    note,
    overrides: overridesIn(parsed.data),
    batchId: batch.id,
    batchRow: row,
    requestedBy: apiKey.id,
  };
  return { outcome: 'usable', row, request, subject: { id, login } };
}
