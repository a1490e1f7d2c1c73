/** A shipment as the API returns it. */
export const aShipment = (changes: object = {}): Readonly<Record<string, unknown>> => ({
  id: 'shp_01kab3v6d2m8zq4w0xrt5y7n9c',
  tenant: 'acme',
  status: 'ordered',
  trigger: 'api',
  requestedBy: { apiKey: { id: 'key_1', name: 'ticket system' }, event: null },
  batch: null,
  purpose: 'primary',
  product: { productId: '29', inventoryProductId: '106', customizationId: 'RXJN83' },
  note: 'new laptop',
  user: { id: '00u1', login: 'ada@acme.example' },
  order: { state: 'placed', providerId: '4711' },
  parcel: { state: 'preparing', carrier: null, trackingNumber: null, trackingUrl: null },
  credential: { state: 'pending', enrollmentId: 'fwf1', serial: null, firmware: null },
  pin: { state: 'none', sentTo: null, sentAt: null },
  hold: null,
  problems: [],
  actions: ['retry', 'cancel'],
  dryRun: false,
  duplicateOf: null,
  createdAt: '2026-03-01T08:00:00.000Z',
  updatedAt: '2026-03-01T08:00:09.000Z',
  ...changes,
});

export const aHold = {
  status: 'held',
  hold: {
    code: 'profile_problems',
    message: 'The shipping profile cannot be delivered to.',
    since: '2026-03-01T08:00:00.000Z',
  },
  problems: [
    {
      field: 'zipCode',
      code: 'not_a_postal_code',
      message: 'zipCode is no postal code of the country.',
      suggestion: '94107',
    },
  ],
  actions: ['retry', 'cancel', 'correct'],
};
