import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { createUser, readyToCreate } from '@keycourier/ledger/directory/users/create-user';
import { aUser, by, reading, write } from '@keycourier/ledger/testing/sample-directory';
import type { KyselyPlugin } from 'kysely';

import { createTogether } from '../context.ts';
import { patienceMs, runScim, type RunningScim } from '../testing/running-scim.ts';
import { userBody } from '../testing/sample-requests.ts';

let scim: RunningScim;
beforeAll(async () => {
  scim = await runScim({ maxConnections: 10 });
});
afterAll(() => scim.stop());

const namesOf = (count: number, label: string) =>
  Array.from({ length: count }, (_, index) => `${label}-${index}@acme.example`);

class UndoneError extends Error {}

test('users are created while an open transaction holds the names of others of the same moment, who wait alone', async () => {
  const held = namesOf(3, 'held');
  let [isHeld, fail] = [(): void => undefined, (_undone: Error): void => undefined];
  const holding = new Promise<void>((resolve) => (isHeld = resolve));
  const failed = new Promise<void>((_, reject) => (fail = reject));
  const transaction = write(scim.ledger, by(scim.connection), async (scope) => {
    for (const name of held) await createUser(scope, aUser(name));
    isHeld();
    await failed;
  });
  await Promise.race([holding, transaction]);
  const post = (name: string) => scim.call('POST', '/Users', { body: userBody(name) }).then(({ status }) => status);
  const early = namesOf(5, 'early').map(post);
  const waiting = held.map(post);
  const late = namesOf(10, 'late').map(post);
  const others = await Promise.all([...early, ...late]).finally(() => fail(new UndoneError()));
  await expect(transaction).rejects.toThrow(UndoneError);
  expect(others).toEqual(others.map(() => 201));
  expect(await Promise.all(waiting)).toEqual(held.map(() => 201));
});

test('a tenant has two statements at once, however many connections its users come by', async () => {
  let [running, most] = [0, 0];
  const counting: KyselyPlugin = {
    transformQuery: ({ node }) => {
      running += 1;
      most = Math.max(most, running);
      return node;
    },
    transformResult: async ({ result }) => {
      running -= 1;
      return result;
    },
  };
  const ledger = { ...scim.ledger, db: scim.ledger.db.withPlugin(counting) };
  const connections = await Promise.all([1, 2, 3, 4, 5].map(() => scim.addConnection()));
  const users = connections.flatMap((connection, index) =>
    namesOf(4, `of-${index}`).flatMap((name) => {
      const user = readyToCreate(reading(ledger, by(connection)), aUser(name));
      return user === null ? [] : { origin: by(connection), user };
    }),
  );
  const created = await Promise.all(users.map(createTogether(ledger, patienceMs)));
  expect(created.filter((user) => user !== null)).toHaveLength(20);
  expect(most).toBeLessThanOrEqual(2);
});
