import { z } from 'zod';

import { call, callOk, type Answered } from './call.ts';

const nullable = z.string().nullable();

/** A shipment as the API shows it; what the drivers look at. */
export const shipmentView = z.looseObject({
  id: z.string(),
  status: z.string(),
  trigger: z.string(),
  user: z.looseObject({ id: nullable, login: nullable }),
  order: z.looseObject({ state: z.string(), providerId: nullable }),
  parcel: z.looseObject({ state: z.string() }),
  credential: z.looseObject({ state: z.string(), enrollmentId: nullable, serial: nullable }),
  pin: z.looseObject({ state: z.string(), sentTo: nullable }),
  hold: z.looseObject({ code: z.string() }).nullable(),
  problems: z.array(z.looseObject({ field: z.string(), code: z.string(), message: z.string() })),
  actions: z.array(z.string()),
});

export type ShipmentView = z.infer<typeof shipmentView>;

/** What an identity team's scripts do, through the API. */
export function keycourierApi(url: string, apiKey: string) {
  const headers = { authorization: `Bearer ${apiKey}` };
  const ask = (method: string, path: string, body?: unknown, more: Record<string, string> = {}): Promise<Answered> =>
    call(method, `${url}${path}`, { headers: { ...headers, ...more }, ...(body === undefined ? {} : { body }) });
  const askOk = (method: string, path: string, body?: unknown): Promise<unknown> =>
    callOk(method, `${url}${path}`, { headers, ...(body === undefined ? {} : { body }) });
  return {
    ask,
    askOk,
    request: async (body: unknown): Promise<ShipmentView> =>
      shipmentView.parse(await askOk('POST', '/v1/shipments', body)),
    shipment: async (id: string): Promise<ShipmentView> =>
      shipmentView.parse(await askOk('GET', `/v1/shipments/${id}`)),
    shipmentsOf: async (user: string): Promise<ShipmentView[]> =>
      z
        .object({ items: z.array(shipmentView) })
        .parse(await askOk('GET', `/v1/shipments?user=${encodeURIComponent(user)}`)).items,
    /** A file as it is, as `curl --data-binary` would send it. */
    upload: async (path: string, file: string, more: Record<string, string> = {}): Promise<Answered> => {
      const response = await fetch(`${url}${path}`, {
        method: 'POST',
        headers: { ...headers, 'content-type': 'text/csv', ...more },
        body: file,
        signal: AbortSignal.timeout(60_000),
      });
      return { status: response.status, headers: response.headers, body: await response.json() };
    },
    correct: (id: string, correction: unknown): Promise<unknown> =>
      askOk('POST', `/v1/shipments/${id}/corrections`, correction),
    act: (id: string, action: string): Promise<Answered> => ask('POST', `/v1/shipments/${id}/${action}`),
    switchFlow: (slug: string, enabled: boolean): Promise<unknown> => askOk('PATCH', `/v1/flows/${slug}`, { enabled }),
  };
}

export type KeycourierApi = ReturnType<typeof keycourierApi>;
