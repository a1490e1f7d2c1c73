import type { OrderDetails, ProgrammedKey, SuggestedAddress } from '@keycourier/journey/ports/fulfillment';
import { decodeProtectedHeader } from 'jose';

import { stateOf } from './provider-states.ts';
import type { Order, ProductData } from './schema.ts';

/** Stands for the state of an order whose answer names none: treated like any unknown state. */
const unknownStateId = 0;

export function orderDetails(order: Order): OrderDetails {
  const state = stateOf(order.shipment_state?.shipment_state_id ?? order.shipment_state_id ?? unknownStateId);
  return {
    orderId: order.shipment_id,
    state,
    reference: order.customer_reference ?? null,
    recipientEmail: order.recipient?.recipient_email ?? order.recipient_email ?? null,
    createdAt: dateOf(order.shipment_request_date ?? null),
    carrier: order.carrier ?? null,
    trackingNumber: order.tracking_number ?? null,
    trackingUrl: webAddress(order.tracking_link ?? null),
    suggestion: state.hold === 'address_suggested' ? suggestedAddress(order) : null,
    programmed: programmedKey(order),
  };
}

/** A suggestion without a street, a city or a postal code is no address: null, so that an operator finds one. */
function suggestedAddress(order: Order): SuggestedAddress | null {
  const { suggest_street_line1: streetLine1, suggest_city: city, suggest_postal_code: zipCode } = order;
  if (!streetLine1 || !city || !zipCode) return null;
  return {
    streetLine1,
    streetLine2: order.suggest_street_line2 ?? null,
    city,
    state: order.suggest_region ?? null,
    zipCode,
  };
}

/** One shipment has one key. Of several, none is picked by its position (invariant 9): it matches no enrollment. */
function programmedKey({ shipment_items: items }: Order): ProgrammedKey | null {
  const all = (items ?? []).flatMap((item) => item.product_data ?? []).flatMap((data) => completeKey(data) ?? []);
  const [key, ...others] = all;
  if (key === undefined) return null;
  return others.length === 0 ? key : { ...key, credResponses: [], pinCopyJwe: null };
}

function completeKey(data: ProductData): ProgrammedKey | null {
  const serial = data.serial_number ?? data.serial ?? null;
  const firmware = data.firmware_version ?? data.version ?? null;
  const pinResponseJwe = data.fido_pin_response ?? null;
  const responses = data.fido_credential_responses ?? data.fido_credential_response ?? null;
  if (serial === null || firmware === null || pinResponseJwe === null || responses === null) return null;
  return {
    serial,
    firmware,
    pinResponseJwe,
    credResponses: responses.map((jwe) => ({ keyId: keyIdOf(jwe), jwe })),
    pinCopyJwe: data.fido_pin_copy ?? null,
  };
}

function keyIdOf(jwe: string): string | null {
  try {
    return decodeProtectedHeader(jwe).kid ?? null;
  } catch {
    return null;
  }
}

/** A time without a zone is UTC: local time could move an order out of the search window. */
function dateOf(value: string | null): Date | null {
  if (value === null) return null;
  const hasZone = /(?:[zZ]|GMT|[+-]\d\d:?\d\d)$/.test(value);
  const date = new Date(hasZone || !/\d:\d/.test(value) ? value : `${value}Z`);
  return Number.isNaN(date.getTime()) ? null : date;
}

/** Shown as a link, so it is a web address or nothing. */
function webAddress(value: string | null): string | null {
  return value !== null && URL.canParse(value) && /^https?:$/.test(new URL(value).protocol) ? value : null;
}
