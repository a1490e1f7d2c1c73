import type { FlowSlug } from '../model/flows.ts';
import type { StockedProduct } from '../model/tenant.ts';
import type { InboundEvent, KeyVerdict, ShipmentRequest } from '../ports/ledger.ts';
import { purposeOf } from './choose-product.ts';
import type { RequestedUser } from './read-requested-user.ts';

export const ignored = (reason: string): KeyVerdict => ({ verdict: 'ignored', reason });
export const setAside = (reason: string): KeyVerdict => ({ verdict: 'set_aside', reason });

export const isOff = ({ flowsOff }: Pick<InboundEvent, 'flowsOff'>, flow: FlowSlug): KeyVerdict | null =>
  flowsOff.includes(flow) ? ignored('flow off') : null;

export type WantedKey = Omit<ShipmentRequest, 'login' | 'purpose' | 'product'> & { product: StockedProduct };

/** The request for a key, unless the user does not exist. */
export function verdictFor(user: RequestedUser | null, { product, ...wanted }: WantedKey): KeyVerdict {
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
    ...(user.seen === undefined ? {} : { seen: user.seen }),
  };
}
