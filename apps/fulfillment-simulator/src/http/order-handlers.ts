import { advanceShipment } from '../clock/advance-shipment.ts';
import { deleteOrder } from '../orders/delete-order.ts';
import { editOrder } from '../orders/edit-order.ts';
import { listOrders, pageSchema } from '../orders/list-orders.ts';
import { placeOrder } from '../orders/place-order.ts';
import type { Shipment } from '../orders/shipment.ts';
import { showPreregShipment } from '../orders/show-shipment.ts';
import { problemsOf, refusal, type Problem } from './answer.ts';
import type { Handler } from './handler.ts';

type Show = (shipment: Shipment) => Record<string, unknown>;

const unknownShipment = refusal(404, [{ field: 'shipment_id', message: 'no such shipment' }]);

const lockedShipment = (what: string): Problem[] => [
  { field: 'shipment_state_id', message: `locked for processing, cannot be ${what}` },
];

export const postOrder: Handler = async (context, { name }, { body }) => {
  const placed = await placeOrder(context, name, body);
  switch (placed.outcome) {
    case 'placed':
      return { status: 201, body: showPreregShipment(placed.shipment) };
    case 'refused':
      return refusal(400, placed.problems);
  }
};

export const getOrders =
  (show: Show): Handler =>
  async (context, { name }, { query }) => {
    const page = pageSchema.safeParse(query);
    if (!page.success) return refusal(400, problemsOf(page.error));
    const { shipments, totalCount } = await listOrders(context, name, page.data);
    return {
      status: 200,
      body: { count: shipments.length, total_count: totalCount, ...page.data, shipments: shipments.map(show) },
    };
  };

export const getOrder =
  (show: Show): Handler =>
  async (context, { name }, { id }) => {
    const shipment = await advanceShipment(context, { shipmentId: id, organization: name });
    return shipment === undefined ? unknownShipment : { status: 200, body: show(shipment) };
  };

export const putOrder: Handler = async (context, { name }, { id, body }) => {
  const edited = await editOrder(context, { shipmentId: id, organization: name }, body);
  switch (edited.outcome) {
    case 'edited':
      return { status: 200, body: showPreregShipment(edited.shipment) };
    case 'refused':
      return refusal(400, edited.problems);
    case 'locked':
      return refusal(409, lockedShipment('edited'));
    case 'unknown':
      return unknownShipment;
  }
};

export const removeOrder: Handler = async (context, { name }, { id }) => {
  switch (await deleteOrder(context, { shipmentId: id, organization: name })) {
    case 'deleted':
      return { status: 200, body: { shipment_id: id, message: 'Shipment deleted.' } };
    case 'locked':
      return refusal(409, lockedShipment('deleted'));
    case 'unknown':
      return unknownShipment;
  }
};
