import { randomUUID } from 'node:crypto';

import { z } from 'zod';

import { callOk, callUntilServed, untilServed, type HttpResponse } from './call.ts';

const nullable = z.string().nullable();

/** A shipment in the API's format; only the fields that the demo and the stories read. */
export const shipmentView = z.looseObject({
  id: z.string(),
  status: z.string(),
  trigger: z.string(),
  user: z.looseObject({ id: nullable, login: nullable }),
  /** Of a key in the hub. */
  hub: z.looseObject({ userId: z.string(), drift: z.array(z.string()) }).nullable(),
  order: z.looseObject({ state: z.string(), providerId: nullable }),
  parcel: z.looseObject({ state: z.string() }),
  credential: z.looseObject({ state: z.string(), enrollmentId: nullable, serial: nullable }),
  pin: z.looseObject({ state: z.string(), sentTo: nullable }),
  hold: z.looseObject({ code: z.string() }).nullable(),
  problems: z.array(z.looseObject({ field: z.string(), code: z.string(), message: z.string() })),
  actions: z.array(z.string()),
});

export type ShipmentView = z.infer<typeof shipmentView>;

/** What became of an event of Okta's. */
const eventView = z.looseObject({
  uuid: z.string(),
  key: z.number(),
  outcome: z.string(),
  reason: nullable,
  shipmentId: nullable,
  redeliveries: z.number(),
});

export type EventView = z.infer<typeof eventView>;

/** A client of keycourier's API, with the calls of an identity team's scripts. */
export function keycourierApi(url: string, apiKey: string) {
  const headers = { authorization: `Bearer ${apiKey}` };
  const send = (method: string, path: string, body?: unknown): Promise<HttpResponse> =>
    callUntilServed(method, `${url}${path}`, { headers, body });
  const sendOk = (method: string, path: string, body?: unknown): Promise<unknown> =>
    callOk(method, `${url}${path}`, { headers, body });
  return {
    send,
    sendOk,
    request: async (body: unknown): Promise<ShipmentView> => {
      // It is made again where the database was late, which may have been late with the answer alone.
      const once = { ...headers, 'idempotency-key': randomUUID() };
      return shipmentView.parse(await callOk('POST', `${url}/v1/shipments`, { headers: once, body }));
    },
    shipment: async (id: string): Promise<ShipmentView> =>
      shipmentView.parse(await sendOk('GET', `/v1/shipments/${id}`)),
    shipmentsOf: async (user: string): Promise<ShipmentView[]> =>
      z
        .object({ items: z.array(shipmentView) })
        .parse(await sendOk('GET', `/v1/shipments?user=${encodeURIComponent(user)}`)).items,
    /** The newest events that a filter finds. */
    eventsWith: async (filter: Readonly<Record<string, string>>): Promise<EventView[]> =>
      z.object({ items: z.array(eventView) }).parse(await sendOk('POST', '/v1/events/search', filter)).items,
    /** Sends a file unchanged, like `curl --data-binary`. */
    upload: (path: string, file: string, more: Record<string, string> = {}): Promise<HttpResponse> =>
      upload(`${url}${path}`, file, { ...headers, ...more }),
    correct: (id: string, correction: unknown): Promise<unknown> =>
      sendOk('POST', `/v1/shipments/${id}/corrections`, correction),
    act: (id: string, action: string): Promise<HttpResponse> => send('POST', `/v1/shipments/${id}/${action}`),
    switchFlow: (slug: string, enabled: boolean): Promise<unknown> => sendOk('PATCH', `/v1/flows/${slug}`, { enabled }),
  };
}

async function upload(url: string, file: string, headers: Readonly<Record<string, string>>): Promise<HttpResponse> {
  const response = await untilServed(`the upload to ${url}`, () =>
    fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'text/csv', ...headers },
      body: file,
      signal: AbortSignal.timeout(240_000),
    }),
  );
  return { status: response.status, headers: response.headers, body: await response.json() };
}

export type KeycourierApi = ReturnType<typeof keycourierApi>;
