import { sql, type RawBuilder } from 'kysely';

import type { CutOffs } from './policy.ts';

/** The cut-off of the tenant of a row, as an expression over its column `tenant`. */
export function cutOffOf(tenant: RawBuilder<string>, { ofTenants, ofOthers }: CutOffs): RawBuilder<Date> {
  const tenants = ofTenants.map((one) => one.tenant);
  const moments = ofTenants.map((one) => one.before);
  return sql<Date>`coalesce(
    (${moments}::timestamptz[])[array_position(${tenants}::text[], ${tenant})],
    ${ofOthers}::timestamptz
  )`;
}
