import type { Product } from '@keycourier/journey/model/tenant';
import { ConnectorError } from '@keycourier/journey/ports/errors';
import type { FulfillmentPort, OrderRequest } from '@keycourier/journey/ports/fulfillment';

import { labelBody } from './label.ts';
import { orderDetails } from './order-details.ts';
import { orderSchema } from './schema.ts';
import type { SendToProvider } from './send.ts';

/** Orders one key. The same order sent twice is two orders, so it is sent once. */
export async function placeOrder(send: SendToProvider, order: OrderRequest): ReturnType<FulfillmentPort['placeOrder']> {
  const { json } = await send({ method: 'POST', path: '/fpr/shipments', body: orderBody(order) });
  const { orderId, state } = orderDetails(orderSchema.parse(json));
  return { orderId, state };
}

/** The body of a pre-registration order, as YubicoLabs' yed-spoke-example sends it. */
const orderBody = ({ product, ...order }: OrderRequest): Record<string, unknown> => ({
  ...labelBody(order),
  customer_reference: order.reference,
  shipment_items: [
    {
      product_id: wholeNumber(product, 'productId'),
      inventory_product_id: wholeNumber(product, 'inventoryProductId'),
      product_quantity: 1,
      customization_id: product.customizationId,
      product_customizations: [
        { fido_pin_request: order.pinRequestJwe, fido_credential_requests: [order.credRequestJwe] },
      ],
    },
  ],
});

/** Okta sends ids as text, the provider expects numbers. @throws ConnectorError `refused`, before anything is sent */
function wholeNumber(product: Product, field: 'productId' | 'inventoryProductId'): number {
  const id = product[field];
  if (/^\d{1,9}$/.test(id)) return Number(id);
  throw new ConnectorError({ service: 'fulfillment', fault: 'refused' }, `${field} is no whole number`, {
    refusals: [{ field, code: 'not_a_number' }],
  });
}
