import { callOk } from '@keycourier/local/clients/call';
import { z } from 'zod';

const order = z.looseObject({
  shipment_id: z.union([z.string(), z.number()]).transform(String),
  customer_reference: z.string().nullish(),
});
const orders = z.looseObject({ total_count: z.number() }).catchall(z.unknown());
const requestLog = z.array(
  z.looseObject({
    organization: z.string().nullable(),
    reference: z.string().nullable(),
    startedAt: z.string(),
    endedAt: z.string().nullable(),
    outcome: z.string().nullable(),
  }),
);

export type LoggedOrderRequest = z.infer<typeof requestLog>[number];

export interface Fault {
  match: { method?: string; path: string };
  respond: { status?: number; delayMs?: number; hold?: true; drop?: boolean | 'after' };
  times?: number;
  rate?: number;
}

/** A client of the fulfillment simulator: its orders and its controls. */
export function provider(url: string, tokenOf: (tenant: string) => string) {
  return {
    /** All orders of a tenant, newest first. */
    orders: async (tenant: string): Promise<z.infer<typeof order>[]> => {
      const headers = { authorization: `Bearer ${tokenOf(tenant)}` };
      const found: z.infer<typeof order>[] = [];
      for (let offset = 0; ; offset += 100) {
        const page = orders.parse(
          await callOk('GET', `${url}/v1/fpr/shipments?limit=100&offset=${offset}`, { headers }),
        );
        const rows = z.array(order).parse(Object.values(page).find(Array.isArray) ?? []);
        found.push(...rows);
        if (rows.length < 100) return found;
      }
    },
    setFaults: (faults: readonly Fault[]): Promise<unknown> => callOk('PUT', `${url}/sim/faults`, { body: faults }),
    faults: async () => z.array(z.looseObject({ hits: z.number() })).parse(await callOk('GET', `${url}/sim/faults`)),
    setClock: (speed: number): Promise<unknown> => callOk('PUT', `${url}/sim/clock`, { body: { speed } }),
    setState: (orderId: string, stateId: number | null): Promise<unknown> =>
      callOk('POST', `${url}/sim/shipments/${orderId}/state`, { body: { stateId } }),
    setProgramming: (mode: string): Promise<unknown> => callOk('PUT', `${url}/sim/programming`, { body: { mode } }),
    requestLog: async (): Promise<LoggedOrderRequest[]> => requestLog.parse(await callOk('GET', `${url}/sim/requests`)),
    clearRequestLog: (): Promise<unknown> => callOk('DELETE', `${url}/sim/requests`),
  };
}

export type Provider = ReturnType<typeof provider>;
