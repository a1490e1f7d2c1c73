import { pinIn, readMails, type Mail } from '@keycourier/local/clients/mailbox';
import { z } from 'zod';

import { queryLedger } from '../world/ledger.ts';
import type { Employee } from '../world/people.ts';
import type { World } from '../world/world.ts';
import { faultyHub, pushedGroup } from './request-keys.ts';

/** What there is for one person, in the ledger and at the services. */
export interface KeyCount {
  /** Users with their login, in the org where they sign in. */
  people: number;
  shipments: number;
  isHeld: boolean;
  isSent: boolean;
  orders: number;
  activeCredentials: number;
  /** A mail whose acceptance was not seen is sent again with its Message-ID, and is the same. */
  pinMails: number;
  pins: number;
}

export interface Totals {
  /** Neither a PIN mail nor a hold. */
  lost: number;
  doubled: number;
  held: number;
}

/** A person who has two of anything, or a key without a part of it, is counted in one of these. */
export function judge(counts: readonly KeyCount[]): Totals {
  return {
    lost: counts.filter(isLost).length,
    doubled: counts.filter(isDoubled).length,
    held: counts.filter(({ isHeld }) => isHeld).length,
  };
}

const isLost = ({ people, isHeld, isSent, orders, activeCredentials, pinMails }: KeyCount): boolean =>
  !isHeld && !(isSent && people >= 1 && orders >= 1 && activeCredentials >= 1 && pinMails >= 1);

const isDoubled = ({ people, shipments, orders, activeCredentials, pinMails, pins }: KeyCount): boolean =>
  Math.max(people, shipments, orders, activeCredentials, pinMails, pins) > 1;

const rows = z.array(z.object({ id: z.string(), person: z.string(), sent: z.boolean(), held: z.boolean() }));

/** The shipments of the run. */
async function readShipments(world: World): Promise<z.infer<typeof rows>> {
  return rows.parse(
    await queryLedger(
      world,
      "select id, okta_user_id as person, pin_state = 'sent' as sent, hold_code is not null as held from shipments where okta_user_id is not null",
    ),
  );
}

/** How many people have neither their PIN mail nor a hold yet. */
export async function countWaiting(world: World, staff: readonly Employee[]): Promise<number> {
  const ended = new Set(
    (await readShipments(world)).filter(({ sent, held }) => sent || held).map(({ person }) => person),
  );
  return staff.filter(({ id }) => !ended.has(id)).length;
}

/** Counts what each person has; every service must answer. */
export async function countKeys(world: World, staff: readonly Employee[]): Promise<KeyCount[]> {
  const shipments = await readShipments(world);
  const orders = await world.provider.orders('acme');
  const mails = await readMails(world.stack.local.inbox);
  const counts: KeyCount[] = [];
  for (const { id, login } of staff) {
    const own = shipments.filter(({ person }) => person === id);
    const isOwn = ({ customer_reference: reference }: (typeof orders)[number]): boolean =>
      own.some((shipment) => reference?.startsWith(shipment.id));
    const users = await usersWithKeys(world, { id, login });
    counts.push({
      people: users.length,
      shipments: own.length,
      isHeld: own.some(({ held }) => held),
      isSent: own.some(({ sent }) => sent),
      orders: orders.filter(isOwn).length,
      activeCredentials: users.reduce((sum, { active }) => sum + active, 0),
      ...pinMailsOf(mails, login),
    });
  }
  return counts;
}

const users = z.array(z.looseObject({ id: z.string() }));

/** Those who may have keys: the user of the spoke, or all of the hub's with the login; none of the spoke's may be elsewhere. */
async function usersWithKeys(
  world: World,
  { id, login }: Pick<Employee, 'id' | 'login'>,
): Promise<readonly { active: number }[]> {
  const [spoke, hub] = [world.org(), world.stack.local.hub === undefined ? null : world.org(faultyHub)];
  const activeOf = async (org: typeof spoke, userId: string): Promise<number> =>
    (await org.enrollments(userId)).filter(({ status }) => status === 'ACTIVE').length;
  const inSpoke = await activeOf(spoke, id);
  if (hub === null) return [{ active: inSpoke }];
  const found = users.parse(
    await hub.send('GET', `/api/v1/users?search=${encodeURIComponent(`profile.login eq "${login}"`)}`),
  );
  return Promise.all(
    found.map(async (one, index) => ({ active: (await activeOf(hub, one.id)) + (index === 0 ? inSpoke : 0) })),
  );
}

const members = z.array(z.looseObject({ id: z.string(), profile: z.looseObject({ login: z.string() }) }));
const groups = z.array(z.looseObject({ id: z.string(), profile: z.looseObject({ name: z.string() }) }));

/** Of the group that is pushed: memberships that are missing or of no one of the run, and each group but one. */
export async function countWrongMemberships(world: World, staff: readonly Employee[]): Promise<number> {
  if (world.stack.local.hub === undefined) return 0;
  const { send } = world.org(faultyHub);
  const pushed = groups
    .parse(await send('GET', '/api/v1/groups?limit=200'))
    .filter(({ profile }) => profile.name === pushedGroup);
  const wanted = new Set(staff.map(({ login }) => login));
  let wrong = Math.abs(pushed.length - 1);
  for (const { id } of pushed) {
    const found: z.infer<typeof members> = [];
    let page: z.infer<typeof members>;
    do {
      const after = found.at(-1)?.id;
      const query = `limit=1000${after === undefined ? '' : `&after=${after}`}`;
      page = members.parse(await send('GET', `/api/v1/groups/${id}/users?${query}`));
      found.push(...page);
    } while (page.length === 1_000);
    const strangers = found.filter(({ profile }) => !wanted.has(profile.login)).length;
    wrong += strangers + wanted.size - (found.length - strangers);
  }
  return wrong;
}

function pinMailsOf(mails: readonly Mail[], address: string): Pick<KeyCount, 'pinMails' | 'pins'> {
  const pinMails = mails.filter((mail) => mail.to.some((one) => one.address === address) && pinIn(mail) !== null);
  return {
    pinMails: new Set(pinMails.map(({ messageId }) => messageId)).size,
    pins: new Set(pinMails.map(pinIn)).size,
  };
}

/** Until the last PIN mail, or now where some are missing; parcels are tracked whether or not a key is late. */
export async function longestIdleSeconds(world: World, since: Date): Promise<number> {
  const [row] = await queryLedger(
    world,
    `with ends as (
       select case when bool_and(pin_state = 'sent' or hold_code is not null) then max(pin_sent_at) else now() end as at from shipments
     ), moments as (
       select started_at as at from step_attempts where step <> 'track-parcel'
       union select ended_at from step_attempts where step <> 'track-parcel'
       union select at from history where event not like 'parcel.%'
       union select $1 union select at from ends
     ), gaps as (
       select at - lag(at) over (order by at) as gap from moments where at between $1 and (select at from ends)
     )
     select coalesce(extract(epoch from max(gap)), 0)::float as seconds from gaps`,
    [since],
  );
  return z.object({ seconds: z.number() }).parse(row).seconds;
}

/** Orders of no shipment, events that are not processed, and jobs of a key, a person or a group that are left. */
export async function countLeftovers(world: World): Promise<{ orders: number; events: number; steps: number }> {
  const ids = new Set((await readShipments(world)).map(({ id }) => id));
  const orders = (await world.provider.orders('acme')).map(({ customer_reference: reference }) => reference ?? '');
  const [row] = await queryLedger(
    world,
    `select (select count(*)::int from inbound_events where state = 'received') as events,
       (select count(*)::int from outbox join shipments on id = subject_id and hold_code is null where step <> 'track-parcel')
         + (select count(*)::int from outbox where tenant like 'hub:%') as steps`,
  );
  const { events, steps } = z.object({ events: z.int(), steps: z.int() }).parse(row);
  return { orders: orders.filter((reference) => !ids.has(idIn(reference))).length, events, steps };
}

/** A reference is a shipment's id and the number of the try. */
const idIn = (reference: string): string => reference.replace(/-\d+$/, '');
