import { sql, type RawBuilder } from 'kysely';

/** Inserts entries of the history; `rows` selects shipment_id, at, event and detail. */
export const addHistory = (rows: RawBuilder<unknown>): RawBuilder<{ shipment_id: string }> =>
  sql`insert into history (shipment_id, at, event, detail) ${rows} returning shipment_id`;
