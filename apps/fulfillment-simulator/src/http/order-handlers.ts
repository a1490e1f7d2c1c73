import { advanceShipment } from '../clock/advance-shipment.ts';
import { deleteOrder } from '../orders/delete-order.ts';
import { editOrder } from '../orders/edit-order.ts';
import { listOrders, pageSchema } from '../orders/list-orders.ts';
import { placeOrder } from '../orders/place-order.ts';
import type { Shipment } from '../orders/shipment.ts';
import { showPreregShipment } from '../orders/show-shipment.ts';
import { problemsOf, refusal, type Answer } from './answer.ts';
import type { Handler } from './handler.ts';

type Show = (shipment: Shipment) => Record<string, unknown>;

const unknownShipment = refusal(404, [{ field: 'shipment_id', message: 'no such shipment' }]);

function notChangeable(reason: 'locked' | 'unknown', change: 'edited' | 'deleted'): Answer {
  if (reason === 'unknown') return unknownShipment;
  return refusal(409, [{ field: 'shipment_state_id', message: `locked for processing, cannot be ${change}` }]);
}

export const postOrder: Handler = async (context, { name }, { body }) => {
  const placed = await placeOrder(context, name, body);
  if (placed.outcome === 'refused') return refusal(400, placed.problems);
  return { status: 201, body: showPreregShipment(placed.shipment) };
};

export const getOrders =
  (show: Show): Handler =>
  async (context, { name }, { query }) => {
    const page = pageSchema.safeParse(query);
    if (!page.success) return refusal(400, problemsOf(page.error));
    const { shipments, totalCount } = await listOrders(context, name, page.data);
    const counts = { count: shipments.length, total_count: totalCount };
    return { status: 200, body: { ...counts, ...page.data, shipments: shipments.map(show) } };
  };

export const getOrder =
  (show: Show): Handler =>
  async (context, { name }, { id }) => {
    const shipment = await advanceShipment(context, { shipmentId: id, organization: name });
    return shipment === undefined ? unknownShipment : { status: 200, body: show(shipment) };
  };

export const putOrder: Handler = async (context, { name }, { id, body }) => {
  const edited = await editOrder(context, { shipmentId: id, organization: name }, body);
  if (edited.outcome === 'refused') return refusal(400, edited.problems);
  if (edited.outcome !== 'edited') return notChangeable(edited.outcome, 'edited');
  return { status: 200, body: showPreregShipment(edited.shipment) };
};

export const removeOrder: Handler = async (context, { name }, { id }) => {
  const outcome = await deleteOrder(context, { shipmentId: id, organization: name });
  if (outcome !== 'deleted') return notChangeable(outcome, 'deleted');
  return { status: 200, body: { shipment_id: id, message: 'Shipment deleted.' } };
};
