import type { OrderRequest } from '@keycourier/journey/ports/fulfillment';

/** An order that a provider accepts, for the envelopes of one enrollment. */
export function orderOf(
  envelopes: { pinRequestJwe: string; credRequestJwe: string },
  part: Partial<OrderRequest> = {},
): OrderRequest {
  return {
    profile: {
      firstName: 'Ada',
      lastName: 'Lovelace',
      email: 'ada@acme.example',
      secondEmail: null,
      primaryPhone: '+14155550100',
      organization: 'Acme Inc.',
      streetLine1: '1 Market Street',
      streetLine2: null,
      city: 'San Francisco',
      state: 'CA',
      zipCode: '94105',
      countryCode: 'US',
      isNewUser: false,
      sources: {},
      normalisations: [],
    },
    recipientEmail: 'ada@acme.example',
    product: { productId: '29', inventoryProductId: '106', customizationId: 'RXJN83' },
    deliveryType: 1,
    reference: 'kc-1',
    pinRequestJwe: envelopes.pinRequestJwe,
    credRequestJwe: envelopes.credRequestJwe,
    ...part,
  };
}
