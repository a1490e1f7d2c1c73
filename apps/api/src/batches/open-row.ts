import type { Problem } from '@keycourier/journey/shipment';
import type { Tx } from '@keycourier/ledger/open-ledger';
import { openShipment } from '@keycourier/ledger/shipments/open-shipment';
import { z } from 'zod';

import type { Caller } from '../access/find-caller.ts';
import type { Context } from '../context.ts';
import { problemsOf } from '../http/problems-of.ts';
import { hasOnePerson, onePerson, overrides, overridesIn, requestFields } from '../shipments/request-fields.ts';
import { selectProduct } from '../shipments/select-product.ts';

/** A row is flat: the attributes that it overrides stand beside the rest, by their Okta names (design, section 4). */
const rowSchema = z.strictObject({ ...requestFields, ...overrides }).refine(hasOnePerson, onePerson);

export type RowEnding =
  | { outcome: 'opened'; shipmentId: string }
  | { outcome: 'rejected'; problems: readonly Problem[] };

/** Opens the shipment that a row asks for, or says everything that is wrong with the row. */
export async function openRow(
  { ledger }: Context,
  { apiKey, tenant }: Caller,
  tx: Tx,
  { row, batchId, opened }: { row: unknown; batchId: string; opened: ReadonlySet<string> },
): Promise<RowEnding> {
  const parsed = rowSchema.safeParse(row);
  if (!parsed.success) return { outcome: 'rejected', problems: problemsOf(parsed.error, 'row') };
  const { userId = null, login = null, purpose, note = null } = parsed.data;
  const selection = selectProduct(parsed.data, tenant.products);
  if (selection.outcome === 'refused') return { outcome: 'rejected', problems: [selection.problem] };
  const ending = await openShipment(ledger, tx, {
    tenant: tenant.name,
    trigger: 'batch',
    purpose,
    userId,
    login,
    product: selection.product,
    groupId: null,
    pinPolicy: tenant.pinPolicy,
    note,
    overrides: overridesIn(parsed.data),
    batchId,
    requestedBy: apiKey.id,
  });
  if (ending.outcome === 'opened') return { outcome: 'opened', shipmentId: ending.shipment.id };
  const field = userId === null ? 'login' : 'userId';
  const code = opened.has(ending.shipmentId) ? 'duplicate_row' : 'already_open';
  return { outcome: 'rejected', problems: [{ field, code }] };
}
