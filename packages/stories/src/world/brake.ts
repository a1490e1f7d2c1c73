import { waitUntil } from '@keycourier/local/clients/wait-until';

import { queryLedger } from './ledger.ts';
import type { World } from './world.ts';

/** A change of state that is not let through: the transaction that would commit it waits until Postgres is restarted. */
export interface Brake {
  facet: 'order' | 'credential' | 'pin';
  to: string;
}

/**
 * Puts a brake into the database, so that a story can stop a shipment at an exact state, before the next one is
 * committed: what its worker did outside by then has happened, and nobody has written it down.
 */
export async function installBrakes(world: World): Promise<void> {
  await queryLedger(
    world,
    `create table story_brakes (shipment_id text primary key, facet text not null, target text not null);
     create function story_brake() returns trigger language plpgsql as $$
     declare brake story_brakes;
     begin
       select * into brake from story_brakes where shipment_id = new.id;
       if found and pg_postmaster_start_time() = (select postmaster from story_brakes_began)
          and (case brake.facet when 'order' then new.order_state when 'credential' then new.credential_state else new.pin_state end) = brake.target
          and (case brake.facet when 'order' then old.order_state when 'credential' then old.credential_state else old.pin_state end) <> brake.target
       then
         perform pg_sleep(600);
       end if;
       return new;
     end $$;
     create table story_brakes_began as select pg_postmaster_start_time() as postmaster;
     create trigger story_brake before update on shipments for each row execute function story_brake();`,
  );
}

export async function brake(world: World, shipmentId: string, { facet, to }: Brake): Promise<void> {
  await queryLedger(world, 'insert into story_brakes (shipment_id, facet, target) values ($1, $2, $3)', [
    shipmentId,
    facet,
    to,
  ]);
}

/** Waits until as many transactions as there are brakes stand still. */
export async function untilAllStandStill(world: World, count: number): Promise<void> {
  await waitUntil(
    `${count} shipments at their brakes`,
    async () => {
      const rows = await queryLedger(
        world,
        "select 1 from pg_stat_activity where wait_event = 'PgSleep' and datname = current_database()",
      );
      return rows.length >= count;
    },
    { timeoutMs: 60_000 },
  );
}
