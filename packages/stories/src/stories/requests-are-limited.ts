import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { waitUntil } from '@keycourier/local/clients/wait-until';

import { adminTasks, readProvisioning, untilProvisioned } from '../world/okta-app.ts';
import { createEmployee, type Employee } from '../world/people.ts';
import { scimUser } from '../world/scim-connections.ts';
import type { ScimWorld } from '../world/scim-world.ts';

/** Enough for the requests of both users in one minute. */
const perMinute = 12;

export function requestsAreLimited(current: () => ScimWorld): void {
  const world = () => current().world;
  const restart = async (environment: Readonly<Record<string, string>>): Promise<void> => {
    await world().stack.children.get('scim')?.stop();
    await world().stack.restart('scim', { environment });
  };

  describe('a connection whose requests of the minute are used up', () => {
    beforeAll(() => restart({ SCIM_REQUESTS_PER_MINUTE: String(perMinute) }));
    afterAll(() => restart({}));

    test('answers 429 with the seconds to wait; Okta waits as long, and then everyone is there, without a task for the admin', async () => {
      const { app, access } = await current().connect('template', 'Limited');
      const employees: Employee[] = [await createEmployee(world()), await createEmployee(world())];
      // Early in its minute: both users' first requests must come before the next one.
      const refused = await waitUntil('a refusal', async () => {
        const answer = await access.send('GET', '/Users?count=0');
        return answer.status === 429 && Number(answer.headers.get('retry-after')) > 30 ? answer : null;
      });
      expect(refused.body).toMatchObject({
        schemas: ['urn:ietf:params:scim:api:messages:2.0:Error'],
        status: '429',
        detail: expect.stringMatching(/^This connection may send 12 requests a minute: retry in \d+ seconds\.$/),
      });

      for (const { id } of employees) await app.assign(id);
      await waitUntil('tasks that wait', async () => (await readProvisioning(world())).waiting === employees.length);
      await untilProvisioned(world());
      expect(await adminTasks(world())).toEqual([]);
      for (const { id, login } of employees) {
        expect(await scimUser(access, login)).toMatchObject({ externalId: id, active: true });
        const [first, second] = lookUpsOf(access.id, login);
        expect(first).toMatchObject({ status: 429, retryAfter: expect.stringMatching(/^[1-9]\d?$/) });
        expect(second?.status).toBe(200);
        const waitedMs = (second?.atMs ?? 0) - (first?.answeredAtMs ?? 0);
        expect(waitedMs).toBeGreaterThanOrEqual(Number(first?.retryAfter) * 1_000);
      }
    });
  });

  /** What each task of a user begins with. */
  const lookUpsOf = (connectionId: string, login: string) =>
    current().proxy.requests.filter(
      ({ path }) => path.includes(connectionId) && path.includes('filter=') && path.includes(encodeURIComponent(login)),
    );
}
