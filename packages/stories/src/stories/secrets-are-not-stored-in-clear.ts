import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { describe, expect, test } from '@jest/globals';

import { readConsole } from '../world/console-pages.ts';
import { dumpDatabase } from '../world/ledger.ts';
import { createEmployee, isPinSent, pinsFor, product, shipmentWhen } from '../world/people.ts';
import { connectQueues } from '../world/queues.ts';
import type { World } from '../world/world.ts';

/** Runs last, in a stack that logs at level trace, so that the data of all other stories is searched, too. */
export function secretsAreNotStoredInClear(world: () => World): void {
  describe('secrets and personal data', () => {
    test('PINs, streets, phone numbers and e-mail addresses are not in logs, jobs or queue keys, and not in clear in the database; the console shows no PIN', async () => {
      const newcomer = await createEmployee(world(), { staged: true });
      const colleague = await createEmployee(world());
      const ids: string[] = [];
      const views = await readConsole(world(), async () => {
        await world().org().initiate(newcomer.id, product);
        await world()
          .org()
          .addToGroup(await world().org().groupId('YubiKey 5 NFC'), colleague.id);
        for (const employee of [newcomer, colleague]) ids.push((await shipmentWhen(world(), employee, isPinSent)).id);
        const found = `/t/acme/search?${new URLSearchParams({ q: colleague.login }).toString()}`;
        return [found, ...ids.flatMap((id) => [`/t/acme/shipments/${id}`, `/t/acme/shipments/${id}/address`])];
      });
      // What is searched for a PIN has the shipments.
      for (const place of ['pages', 'export', 'board', 'live'] as const)
        for (const id of ids) expect([place, views[place].includes(id)]).toEqual([place, true]);
      expect(views.pages).toContain(colleague.login);
      if (views.environment !== '') expect(secretsIn(views.environment)).toEqual(secretsOfConsole);
      const pins = [...(await pinsFor(world(), newcomer.secondEmail)), ...(await pinsFor(world(), colleague.login))];
      expect(pins).toHaveLength(2);
      const stored = await readEverything(world());
      expect(stored['logs']?.length).toBeGreaterThan(10_000);
      const found: string[] = [];
      for (const [place, text] of Object.entries(views))
        for (const pin of pins) if (holdsNumber(text, pin)) found.push(`a PIN in the console's ${place}`);
      for (const [place, text] of Object.entries(stored)) {
        for (const pin of pins) if (holdsNumber(text, pin)) found.push(`a PIN in ${place}`);
        for (const { profile, secondEmail, login } of [newcomer, colleague])
          for (const value of [
            profile['streetAddress'],
            profile['primaryPhone'],
            profile['primaryPhone']?.replaceAll(' ', ''),
            secondEmail,
            login,
          ])
            if (value !== null && value !== undefined && text.includes(value))
              found.push(`a value of a profile in ${place}`);
      }
      expect(found).toEqual([]);
    });
  });
}

/** No key to a PIN copy, and no credential of Okta's, the provider's, the HRIS' or mail's. */
const secretsOfConsole = ['CONSOLE_OPERATORS_FILE', 'SEALING_KEYS_FILE', 'SESSION_SECRET_FILE'];

/** The variables that hold a secret, or name a file with one. */
const secretsIn = (environment: string): string[] =>
  environment
    .split('\0')
    .map((one) => one.split('=')[0] ?? '')
    .filter((name) => /_FILE$|SECRET|TOKEN|PASSWORD|SMTP|PRIVATE|PIN/.test(name))
    .toSorted();

async function readEverything(world: World): Promise<Record<string, string>> {
  const folder = join(world.stack.dataDir, 'logs');
  // The simulators stand for foreign systems, so their logs do not count.
  const names = (await readdir(folder)).filter((name) => /^(receiver|api|worker|console)\.log$/.test(name));
  const logs = (await Promise.all(names.map((name) => readFile(join(folder, name), 'utf8')))).join('\n');
  const queues = await connectQueues(world);
  try {
    return { logs, queues: await queues.dump(), database: await dumpDatabase(world.stack.databaseUrl) };
  } finally {
    await queues.close();
  }
}

/** A PIN is a run of exactly six digits; longer runs, such as times and serial numbers, do not count. */
function holdsNumber(text: string, pin: string): boolean {
  return new RegExp(`(?<!\\d)${pin}(?!\\d)`).test(text.replaceAll(/\.\d{6}(?=[+Z ",)])/g, ''));
}
