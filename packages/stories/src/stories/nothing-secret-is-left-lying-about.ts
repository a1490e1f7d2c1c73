import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { describe, expect, test } from '@jest/globals';

import { dumpDatabase } from '../world/ledger.ts';
import { hire, isPinSent, pinsFor, product, shipmentWhen } from '../world/people.ts';
import { openQueues } from '../world/queues.ts';
import type { World } from '../world/world.ts';

/** Runs last, in a stack that logs at level trace: everything the other stories did is searched too. */
export function nothingSecretIsLeftLyingAbout(world: () => World): void {
  describe('nothing secret is left lying about', () => {
    test('no PIN, street, phone or e-mail address in logs, jobs or queue keys, and none of them in clear in the database', async () => {
      const newcomer = await hire(world(), { staged: true });
      const colleague = await hire(world());
      await world().org().initiate(newcomer.id, product);
      await world()
        .org()
        .addToGroup(await world().org().groupId('YubiKey 5 NFC'), colleague.id);
      for (const employee of [newcomer, colleague]) await shipmentWhen(world(), employee, isPinSent);
      const pins = [...(await pinsFor(world(), newcomer.secondEmail)), ...(await pinsFor(world(), colleague.login))];
      expect(pins).toHaveLength(2);
      const slots = await readEverything(world());
      expect(slots['logs']?.length).toBeGreaterThan(10_000);
      const found: string[] = [];
      for (const [place, text] of Object.entries(slots)) {
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

async function readEverything(world: World): Promise<Record<string, string>> {
  const folder = join(world.stack.dataDir, 'logs');
  // The simulators are somebody else's systems: only our own processes' logs are ours to answer for.
  const ours = (await readdir(folder)).filter((name) => /^(receiver|api|worker|console)\.log$/.test(name));
  const logs = (await Promise.all(ours.map((name) => readFile(join(folder, name), 'utf8')))).join('\n');
  const queues = await openQueues(world);
  try {
    return { logs, queues: await queues.dump(), database: await dumpDatabase(world.stack.databaseUrl) };
  } finally {
    await queues.close();
  }
}

/** A PIN is six digits; a run of digits that is longer (a time, a serial) is not one. */
function holdsNumber(text: string, pin: string): boolean {
  return new RegExp(`(?<!\\d)${pin}(?!\\d)`).test(text.replaceAll(/\.\d{6}(?=[+Z ",)])/g, ''));
}
