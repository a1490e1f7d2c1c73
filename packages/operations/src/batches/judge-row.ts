import { problemsOf } from '@keycourier/http/problems-of';
import type { Problem } from '@keycourier/journey/model/shipment';
import type { PinPolicy, Product } from '@keycourier/journey/model/tenant';
import type { RowRequest } from '@keycourier/ledger/batches/prepare-rows';
import type { RowSubject } from '@keycourier/ledger/batches/reject-rows';
import { z } from 'zod';

import type { RawRow } from './raw-row.ts';
import { keyRequest, overridesIn } from './request-fields.ts';
import { selectProduct } from './select-product.ts';

const short = z.string().max(254).nullable().catch(null).default(null);
const subjectSchema = z.object({ userId: short, login: short }).catch({ userId: null, login: null });

/** Who sends a batch, for which tenant. */
export interface BatchSender {
  tenant: { name: string; products: readonly Product[]; pinPolicy: PinPolicy };
  /** As its shipments name them. */
  requestedBy: string;
  /** Null where an operator sends it. */
  apiKeyId: string | null;
  /** What is thrown for a row with overrides; null where the sender may override. */
  refuseOverrides: () => Error | null;
}

export type RowVerdict =
  | { outcome: 'usable'; row: number; request: RowRequest; subject: RowSubject }
  | { outcome: 'rejected'; row: number; problems: readonly Problem[]; subject: RowSubject };

/**
 * The request of a row, or all problems of the row itself.
 * @throws what the sender refuses overrides with
 */
export function judgeRow(sender: BatchSender, { row, fields, problems }: RawRow): RowVerdict {
  const reject = (...more: readonly Problem[]): RowVerdict => {
    const { userId: id, login } = subjectSchema.parse(fields);
    return { outcome: 'rejected', row, problems: [...problems, ...more], subject: { id, login } };
  };
  if (problems.length > 0) return reject();
  const parsed = keyRequest.safeParse(fields);
  if (!parsed.success) return reject(...problemsOf(parsed.error, 'row').map(toStored));
  const overridden = overridesIn(parsed.data);
  const refusal = Object.keys(overridden).length > 0 ? sender.refuseOverrides() : null;
  if (refusal !== null) throw refusal;
  const selection = selectProduct(parsed.data, sender.tenant.products);
  if (selection.outcome === 'refused') return reject(selection.problem);
  const { userId = null, login: requestLogin = null, purpose, note = null } = parsed.data;
  const request: RowRequest = {
    purpose,
    userId,
    login: requestLogin,
    product: selection.product,
    note,
    overrides: overridden,
    batchRow: row,
  };
  return { outcome: 'usable', row, request, subject: { id: userId, login: requestLogin } };
}

/** A stored problem has no list of what is allowed: the rule of its field names it. */
const toStored = ({ field, code }: Problem): Problem => ({ field, code });
