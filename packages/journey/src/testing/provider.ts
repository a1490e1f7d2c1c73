import { ConnectorError } from '../ports/errors.ts';
import type {
  FulfillmentPort,
  OrderDetails,
  OrderRequest,
  ProgrammedKey,
  SuggestedAddress,
  TransportKey,
} from '../ports/fulfillment.ts';
import type { CallLog } from './call-log.ts';
import { sampleState } from './sample-states.ts';

/** A provider that keeps state: every order it ever received, and the state of each. */
export interface Provider {
  orders: ProviderOrder[];
  /** The states that an order goes through, one further with each poll. */
  route: number[];
  /** From which state on the key is programmed. */
  programmedFrom: number;
  /** Changes the response of a programmed key before it is returned. */
  tamper: (key: ProgrammedKey) => ProgrammedKey | null;
  /** Its verdict on an address before the order, and the address that it suggests after. */
  opinion: 'deliverable' | 'undeliverable' | 'unknown';
  suggestion: SuggestedAddress | null;
  enabledCountries: readonly string[] | null;
}

export interface ProviderOrder {
  orderId: string;
  reference: string;
  stateId: number;
  createdAt: Date;
  request: OrderRequest;
  isDeleted: boolean;
  /** Shipped to this address though the provider suggests another. */
  isFinal: boolean;
  polls: number;
  carrier: string | null;
  trackingNumber: string | null;
}

export const transportKey: TransportKey = { kty: 'EC', crv: 'P-384', use: 'enc', kid: 'transport-1', x: 'x', y: 'y' };

export function createProvider(): Provider {
  return {
    orders: [],
    route: [3, 100, 103, 104],
    programmedFrom: 103,
    tamper: (key) => key,
    opinion: 'deliverable',
    suggestion: null,
    enabledCountries: null,
  };
}

export const ordersThatSurvive = ({ orders }: Provider): ProviderOrder[] =>
  orders.filter(({ isDeleted }) => !isDeleted);

export function fulfillmentPort(provider: Provider, log: CallLog): FulfillmentPort {
  const call = <Value>(name: string, effect: () => Value): Promise<Value> =>
    log.remote('fulfillment', `provider.${name}`, effect);
  return {
    transportKey: () => call('transportKey', () => transportKey),
    signingKeys: () => call('signingKeys', () => [{ kid: 'signing-1' }]),
    placeOrder: (_, request) => call('placeOrder', () => place(provider, log, request)),
    readOrder: (_, orderId) =>
      call('readOrder', () => {
        const order = existing(provider, orderId);
        order.stateId = provider.route[Math.min(order.polls, provider.route.length - 1)] ?? order.stateId;
        order.polls += 1;
        return detailsOf(provider, order);
      }),
    findOrders: (_, { referencePrefix, since }) =>
      call('findOrders', () =>
        ordersThatSurvive(provider)
          .filter(({ reference, createdAt }) => reference.startsWith(referencePrefix) && createdAt >= since)
          .map((order) => detailsOf(provider, order))
          .toReversed(),
      ),
    deleteOrder: (_, orderId) =>
      call('deleteOrder', () => {
        editable(provider, orderId).isDeleted = true;
      }),
    editOrder: (_, orderId, { profile, recipientEmail, isFinal }) =>
      call('editOrder', () => {
        const order = editable(provider, orderId);
        order.request = { ...order.request, profile, recipientEmail };
        order.isFinal = isFinal;
      }),
    validateAddress: () => call('validateAddress', () => provider.opinion),
    enabledCountries: () => call('enabledCountries', () => provider.enabledCountries),
  };
}

function place(provider: Provider, log: CallLog, request: OrderRequest): Pick<OrderDetails, 'orderId' | 'state'> {
  const order: ProviderOrder = {
    orderId: `order-${provider.orders.length + 1}`,
    reference: request.reference,
    stateId: 3,
    createdAt: log.now(),
    request,
    isDeleted: false,
    isFinal: false,
    polls: 0,
    carrier: null,
    trackingNumber: null,
  };
  provider.orders.push(order);
  return { orderId: order.orderId, state: sampleState(order.stateId) };
}

function existing(provider: Provider, orderId: string): ProviderOrder {
  const order = ordersThatSurvive(provider).find((one) => one.orderId === orderId);
  if (order === undefined)
    throw new ConnectorError({ service: 'fulfillment', fault: 'not_found' }, 'no such order', { status: 404 });
  return order;
}

function editable(provider: Provider, orderId: string): ProviderOrder {
  const order = existing(provider, orderId);
  if (!sampleState(order.stateId).isLocked) return order;
  throw new ConnectorError({ service: 'fulfillment', fault: 'refused' }, 'the order is locked', { status: 409 });
}

function detailsOf(provider: Provider, order: ProviderOrder): OrderDetails {
  const { orderId, stateId, reference, createdAt, carrier, trackingNumber, request } = order;
  const isProgrammed = stateId >= provider.programmedFrom && stateId < 1000;
  return {
    orderId,
    state: sampleState(stateId),
    reference,
    createdAt,
    recipientEmail: request.recipientEmail,
    carrier,
    trackingNumber,
    trackingUrl: null,
    suggestion: stateId === 6 ? provider.suggestion : null,
    programmed: isProgrammed ? provider.tamper(programmedKey(order)) : null,
  };
}

export function programmedKey({ orderId, request }: Pick<ProviderOrder, 'orderId' | 'request'>): ProgrammedKey {
  const keyId = request.credRequestJwe.replace('credential request ', '');
  return {
    serial: `serial ${orderId}`,
    firmware: '5.7.4',
    pinResponseJwe: `pin response ${keyId}`,
    credResponses: [{ keyId, jwe: `credential response ${keyId}` }],
    pinCopyJwe: `pin copy ${orderId}`,
  };
}
