import { problemsOf } from '@keycourier/http/problems-of';
import type { Problem } from '@keycourier/journey/model/shipment';
import type { RowRequest } from '@keycourier/ledger/batches/prepare-rows';
import type { RowSubject } from '@keycourier/ledger/batches/reject-rows';
import { z } from 'zod';

import type { Caller } from '../endpoint.ts';
import { AddressesRefused, refuseAddresses } from '../shipments/refuse-addresses.ts';
import { keyRequest, overridesIn } from '../shipments/request-fields.ts';
import { selectProduct } from '../shipments/select-product.ts';
import type { RawRow } from './raw-row.ts';

const short = z.string().max(254).nullable().catch(null).default(null);
const subjectSchema = z.object({ userId: short, login: short }).catch({ userId: null, login: null });

export type RowVerdict =
  | { outcome: 'usable'; row: number; request: RowRequest; subject: RowSubject }
  | { outcome: 'rejected'; row: number; problems: readonly Problem[]; subject: RowSubject };

/**
 * The request of a row, or all problems of the row itself.
 * @throws AddressesRefused for a row with overrides, where the caller may not override
 */
export function judgeRow(caller: Caller, { row, fields, problems }: RawRow): RowVerdict {
  const reject = (...more: readonly Problem[]): RowVerdict => {
    const { userId: id, login } = subjectSchema.parse(fields);
    return { outcome: 'rejected', row, problems: [...problems, ...more], subject: { id, login } };
  };
  if (problems.length > 0) return reject();
  const parsed = keyRequest.safeParse(fields);
  if (!parsed.success) return reject(...problemsOf(parsed.error, 'row').map(toStored));
  const overridden = overridesIn(parsed.data);
  const refusal = Object.keys(overridden).length > 0 ? refuseAddresses(caller, 'override') : null;
  if (refusal !== null) throw new AddressesRefused(refusal);
  const selection = selectProduct(parsed.data, caller.tenant.products);
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
