import { waitUntil } from '@keycourier/local/clients/wait-until';

import { queryLedger } from './ledger.ts';
import type { World } from './world.ts';

/** A change that reaches a state, or passes it, is not committed: its transaction waits until Postgres is restarted. */
export interface PausePoint {
  facet: 'order' | 'credential' | 'pin';
  to: string;
}

/** The states of each facet on the way to the PIN mail, in their order: a step that follows at once may pass one. */
const way: Readonly<Record<PausePoint['facet'], readonly string[]>> = {
  order: ['requested', 'ready', 'enrolling', 'enrolled', 'placing', 'placed'],
  credential: ['none', 'pending', 'active'],
  pin: ['none', 'sealed', 'released', 'sending', 'sent'],
};

/** Locks of this class show whose transaction waits. */
const pauses = 1_620;

/**
 * Installs a trigger so that a story can stop a shipment just before a change of state is committed: the worker's calls
 * to Okta and the provider have been made, but their results are not stored.
 */
export async function installPausePoints(world: World): Promise<void> {
  await queryLedger(
    world,
    `create table story_pauses (shipment_id text primary key, way text[], facet text not null, target text not null);
     create function story_pause() returns trigger language plpgsql as $$
     declare
       pause story_pauses;
       target int;
     begin
       select * into pause from story_pauses where shipment_id = new.id;
       target := array_position(pause.way, pause.target);
       if found and pg_postmaster_start_time() = (select postmaster from story_postmaster)
          and array_position(pause.way,
            case pause.facet when 'order' then new.order_state when 'credential' then new.credential_state else new.pin_state end) >= target
          and array_position(pause.way,
            case pause.facet when 'order' then old.order_state when 'credential' then old.credential_state else old.pin_state end) < target
       then
         perform pg_advisory_xact_lock_shared(${pauses}, hashtext(new.id));
         perform pg_sleep(600);
       end if;
       return new;
     end $$;
     create table story_postmaster as select pg_postmaster_start_time() as postmaster;
     create trigger story_pause before update on shipments for each row execute function story_pause();`,
  );
}

export async function pauseBefore(world: World, shipmentId: string, { facet, to }: PausePoint): Promise<void> {
  await queryLedger(world, 'insert into story_pauses (shipment_id, way, facet, target) values ($1, $2, $3, $4)', [
    shipmentId,
    way[facet],
    facet,
    to,
  ]);
}

/**
 * Waits until a transaction of each of `count` shipments was paused. Not of all at the same time: Postgres ends one after the
 * seconds that a worker gives to a statement, and the next attempt is paused in its place.
 */
export async function untilPaused(world: World, count: number): Promise<void> {
  const paused = new Set<unknown>();
  await waitUntil(`${count} paused transactions`, async () => {
    const rows = await queryLedger(
      world,
      `select objid::text as shipment from pg_locks join pg_database on pg_database.oid = database
       where datname = current_database() and locktype = 'advisory' and classid = ${pauses}`,
    );
    for (const { shipment } of rows) paused.add(shipment);
    return paused.size >= count;
  });
}
