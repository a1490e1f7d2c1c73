import { z } from 'zod';

import { enroll, type Enrollment } from './okta-org.ts';
import type { RunningSimulator } from './running-simulator.ts';

const goodAddress = {
  street_line1: '1 Market Street',
  street_line2: 'Suite 2',
  city: 'San Francisco',
  region: 'CA',
  postal_code: '94105',
  country_code_2: 'US',
};

/** A valid order with the request JWEs of one enrollment. */
export const orderFor = (
  { pinRequestJwe, credRequestJwe }: Pick<Enrollment, 'pinRequestJwe' | 'credRequestJwe'>,
  { address = {}, reference = 'ref-1' }: { address?: Partial<typeof goodAddress>; reference?: string } = {},
) => ({
  customer_reference: reference,
  delivery_type: 1,
  recipient: {
    recipient_company: 'Acme Inc.',
    recipient_email: 'ada@home.example',
    recipient_firstname: 'Ada',
    recipient_lastname: 'Lovelace',
    recipient_telephone: '+1 415 555 0100',
  },
  mailing_address: { ...goodAddress, ...address },
  shipment_items: [
    {
      product_id: 29,
      inventory_product_id: 106,
      product_quantity: 1,
      customization_id: 'RXJN83',
      product_customizations: [{ fido_pin_request: pinRequestJwe, fido_credential_requests: [credRequestJwe] }],
    },
  ],
});

/** The fields of a shipment that tests read. */
export const shipmentResponse = z.looseObject({
  shipment_id: z.string(),
  shipment_state: z.object({
    shipment_state_id: z.number(),
    shipment_state_code: z.string(),
    shipment_state_message: z.string(),
  }),
  shipment_items: z.tuple([
    z.looseObject({
      product_data: z.array(
        z.object({
          serial_number: z.string(),
          firmware_version: z.string(),
          fido_pin_response: z.string(),
          fido_credential_responses: z.array(z.string()),
          fido_pin_copy: z.string().optional(),
        }),
      ),
    }),
  ]),
});

export type ShipmentResponse = z.infer<typeof shipmentResponse>;

export interface Placed {
  id: string;
  enrollment: Enrollment;
}

/** Enrolls and orders one key. @throws RangeError if the order is refused */
export async function place(
  simulator: RunningSimulator,
  options: { address?: Partial<typeof goodAddress>; reference?: string; token?: string } = {},
): Promise<Placed> {
  const enrollment = await enroll(simulator.url());
  const { status, body } = await simulator.call('POST', '/v1/fpr/shipments', {
    body: orderFor(enrollment, options),
    ...(options.token === undefined ? {} : { token: options.token }),
  });
  if (status !== 201) throw new RangeError(`the order was refused with ${status}: ${JSON.stringify(body)}`);
  return { id: shipmentResponse.parse(body).shipment_id, enrollment };
}

export async function read(simulator: RunningSimulator, id: string): Promise<ShipmentResponse> {
  return shipmentResponse.parse((await simulator.call('GET', `/v1/fpr/shipments/${id}`)).body);
}

export const stateOf = async (simulator: RunningSimulator, id: string): Promise<number> =>
  (await read(simulator, id)).shipment_state.shipment_state_id;

/** The programmed key of a shipment that has one. */
export async function readKey(simulator: RunningSimulator, id: string) {
  const [data] = (await read(simulator, id)).shipment_items[0].product_data;
  if (data === undefined) throw new RangeError(`the key of ${id} has not been programmed`);
  return data;
}
