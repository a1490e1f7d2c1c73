import type { Ledger } from '@keycourier/ledger/connect-ledger';
import { listPeople } from '@keycourier/ledger/directory/connections/list-people';
import { listEvents } from '@keycourier/ledger/events/list-events';
import { z } from 'zod';

import { inLedger, queryLedger } from './ledger.ts';
import { adminTasks, readProvisioning } from './okta-app.ts';
import type { World } from './world.ts';

const logEvents = z.array(
  z.looseObject({ published: z.string(), eventType: z.string(), outcome: z.looseObject({ result: z.string() }) }),
);

interface Subject {
  id: string;
  login: string;
}

const line = (what: string, known: unknown): string => `${what}: ${JSON.stringify(known)}`;

/**
 * What decides whether a person gets a shipment: their events with the decision and its reason, their SCIM record with its
 * memberships, what waits in the outbox, and what the simulated org has not sent. For the error of a story, which it must
 * not replace.
 */
export async function explainPerson(world: World, person: Subject, tenant: string): Promise<string> {
  const parts = await Promise.allSettled([
    inLedger(world, (ledger) => eventsAndRecords(world, ledger, { ...person, tenant })),
    provisioning(world, { ...person, tenant }),
  ]);
  return parts
    .flatMap((part) => (part.status === 'fulfilled' ? part.value : [`unknown: ${String(part.reason)}`]))
    .join('\n  ');
}

async function eventsAndRecords(
  world: World,
  ledger: Ledger,
  { id, login, tenant }: Subject & { tenant: string },
): Promise<string[]> {
  const limit = 20;
  const [byId, byLogin] = [
    await listEvents(ledger, { tenant, user: id, limit }),
    await listEvents(ledger, { tenant, user: login, limit }),
  ];
  const events = new Map([...byId.items, ...byLogin.items].map((event) => [event.id, event]));
  const { items: people } = await listPeople(ledger, { tenant, userName: login, limit });
  const memberships = await queryLedger(
    world,
    `select display_name, since from directory_members join directory_groups on directory_groups.id = group_id
     where person_id = any($1)`,
    [people.map((one) => one.id)],
  );
  const waiting = await queryLedger(world, 'select * from outbox where subject_id = any($1)', [[...events.keys()]]);
  return [
    line('events', [...events.values()]),
    line('SCIM records', people),
    line('memberships', memberships),
    line('outbox', waiting),
  ];
}

async function provisioning(world: World, { id, tenant }: { id: string; tenant: string }): Promise<string[]> {
  const filter = encodeURIComponent(`target.id eq "${id}"`);
  const log = logEvents.parse(await world.org(tenant).send('GET', `/api/v1/logs?limit=100&filter=${filter}`));
  return [
    line(
      'System Log',
      log.map(({ eventType, outcome, published }) => [published, eventType, outcome.result].join(' ')),
    ),
    line('provisioning by the org', await readProvisioning(world)),
    line('tasks that failed', await adminTasks(world)),
  ];
}
