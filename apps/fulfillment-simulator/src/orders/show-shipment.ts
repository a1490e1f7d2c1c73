import { nameOfState } from '../clock/state-names.ts';
import { findProduct } from '../stock/products.ts';
import type { Shipment } from './shipment.ts';

/** A pre-registered shipment in the format of `/fpr/shipments`: nested, with the programmed key. */
export function showPreregShipment(shipment: Shipment): Record<string, unknown> {
  const { code, message } = nameOfState(shipment.state_id);
  return {
    shipment_id: shipment.shipment_id,
    shipment_state: {
      shipment_state_id: shipment.state_id,
      shipment_state_code: code,
      shipment_state_message: message,
    },
    customer_reference: shipment.customer_reference,
    delivery_type: shipment.delivery_type,
    recipient: shipment.recipient,
    mailing_address: shipment.mailing_address,
    shipment_items: [
      {
        ...shipment.item,
        product_name: findProduct(shipment.item.product_id)?.product_name,
        product_quantity: 1,
        product_data: shipment.product_data === null ? [] : [shipment.product_data],
      },
    ],
    ...showProgress(shipment),
  };
}

/** The same shipment in the format of `/shipments_exact`: flat, without the programmed key. */
export function showExactShipment(shipment: Shipment): Record<string, unknown> {
  const { code, message } = nameOfState(shipment.state_id);
  const { recipient_company: company, ...person } = shipment.recipient;
  const { product_id, inventory_product_id } = shipment.item;
  return {
    shipment_id: shipment.shipment_id,
    organization_id: shipment.organization,
    channelpartner_id: 1,
    type: 'Automated',
    customer_reference: shipment.customer_reference,
    delivery_type: shipment.delivery_type,
    recipient: company,
    ...person,
    ...shipment.mailing_address,
    shipment_state_id: shipment.state_id,
    shipment_state_code: code,
    shipment_state_message: message,
    shipment_items: [
      {
        product_id,
        inventory_product_id,
        product_name: findProduct(product_id)?.product_name,
        shipment_product_quantity: 1,
      },
    ],
    total_keys_shipped: shipment.shipped_at === null ? 0 : 1,
    ...showProgress(shipment),
  };
}

/** The fields of both formats. Fields that do not apply yet are left out, as in the published samples. */
function showProgress(shipment: Shipment): Record<string, unknown> {
  const { state_id: stateId, verdict } = shipment;
  const suggestion = verdict.kind === 'suggestion' && stateId === 6 ? verdict.suggestion : {};
  return {
    is_sent_to_fulfillment: stateId >= 100,
    is_shipped: shipment.shipped_at !== null,
    is_delivered: shipment.delivered_at !== null,
    shipment_request_date: shipment.requested_at.toISOString(),
    shipment_updated_date: shipment.updated_at.toISOString(),
    ...(shipment.shipped_at === null ? {} : { shipped_date: shipment.shipped_at.toISOString() }),
    ...(shipment.delivered_at === null ? {} : { delivered_date: shipment.delivered_at.toISOString() }),
    ...showTracking(shipment),
    ...suggestion,
    shipment_messages: stateId === 6 || stateId === 7 ? [{ message: nameOfState(stateId).message }] : [],
  };
}

function showTracking({ shipped_at: shippedAt, product_data: productData }: Shipment): Record<string, unknown> {
  if (shippedAt === null || productData === null) return {};
  const trackingNumber = `7948${productData.serial_number}`;
  return {
    carrier: 'FEDEX',
    tracking_number: trackingNumber,
    tracking_link: `https://www.fedex.com/apps/fedextrack/index.html?tracknumbers=${trackingNumber}`,
  };
}
