import { callOk } from '@keycourier/local/clients/call';
import { z } from 'zod';

const order = z.looseObject({
  shipment_id: z.union([z.string(), z.number()]).transform(String),
  customer_reference: z.string().nullish(),
});
const orders = z.looseObject({ total_count: z.number() }).catchall(z.unknown());
const account = z.array(
  z.looseObject({
    organization: z.string().nullable(),
    reference: z.string().nullable(),
    startedAt: z.string(),
    endedAt: z.string().nullable(),
    outcome: z.string().nullable(),
  }),
);

export type OrderRequestSeen = z.infer<typeof account>[number];

export interface Fault {
  match: { method?: string; path: string };
  respond: { status?: number; delayMs?: number; drop?: boolean | 'after' };
  times?: number;
  rate?: number;
}

/** The provider's side of the counter: what it really has, and its controls. */
export function provider(url: string, tokenOf: (tenant: string) => string) {
  return {
    /** Every order of a tenant, newest first, with our reference. */
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
    account: async (): Promise<OrderRequestSeen[]> => account.parse(await callOk('GET', `${url}/sim/requests`)),
    clearAccount: (): Promise<unknown> => callOk('DELETE', `${url}/sim/requests`),
  };
}

export type Provider = ReturnType<typeof provider>;
