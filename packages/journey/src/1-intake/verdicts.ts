import type { FlowSlug } from '../model/flows.ts';
import type { StockedProduct } from '../model/tenant.ts';
import type { Context } from '../ports/context.ts';
import type { KeyVerdict, ShipmentRequest } from '../ports/ledger.ts';
import { purposeOf } from './choose-product.ts';

export const ignored = (reason: string): KeyVerdict => ({ verdict: 'ignored', reason });
export const setAside = (reason: string): KeyVerdict => ({ verdict: 'set_aside', reason });

/** A flow counts as off for what was published while it was: it is not replayed later, however late the event comes. */
export function withFlowsOf(published: Date | null, context: Context): Context {
  const { ledger } = context;
  return {
    ...context,
    ledger: { ...ledger, isFlowOn: (tenant, flow) => ledger.isFlowOn(tenant, flow, published) },
  };
}

export async function isOff(context: Context, tenant: string, flow: FlowSlug): Promise<KeyVerdict | null> {
  return (await context.ledger.isFlowOn(tenant, flow)) ? null : ignored('flow off');
}

export type WantedKey = Omit<ShipmentRequest, 'login' | 'purpose' | 'product'> & { product: StockedProduct };

/** The request for a key, unless the user does not exist. */
export function verdictFor(user: { login: string | null } | null, { product, ...wanted }: WantedKey): KeyVerdict {
  if (user === null) return ignored('user_not_found');
  const { productId, inventoryProductId, customizationId } = product;
  return {
    verdict: 'key_request',
    request: {
      ...wanted,
      purpose: purposeOf(product),
      login: user.login,
      product: { productId, inventoryProductId, customizationId },
    },
  };
}
