import type { FlowSlug } from '@keycourier/journey/model/flows';
import { sql, type RawBuilder } from 'kysely';

/** The flows of a tenant that are off now, as an array: what was never switched is on. */
export const flowsOff = (tenant: RawBuilder<unknown>): RawBuilder<readonly FlowSlug[]> =>
  sql`array(select slug from flows where flows.tenant = ${tenant} and not enabled)`;

/** Those that are off now or were at a moment; with null as the moment, now alone. */
export const flowsOffSince = (
  tenant: RawBuilder<unknown>,
  moment: RawBuilder<unknown>,
): RawBuilder<readonly FlowSlug[]> => sql`array(
  select slug from flows where flows.tenant = ${tenant} and not enabled
  union
  select slug from (
    select distinct on (slug) slug, enabled from flow_switches
    where flow_switches.tenant = ${tenant} and at <= ${moment} order by slug, at desc
  ) as switched where not enabled
)`;
