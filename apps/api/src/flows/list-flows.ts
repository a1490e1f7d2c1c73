import { listFlows as readFlows } from '@keycourier/ledger/flows/flows';

import { asking, noQuery } from '../http/given.ts';
import { warn } from './warn.ts';

/** The tenant's flows, on or off. */
export const listFlows = asking(noQuery, async ({ ledger }, { tenant }) => {
  const items = await readFlows(ledger, tenant.name);
  return { status: 200, body: { items, ...warn(items) } };
});
