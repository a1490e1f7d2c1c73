import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { describe, expect, test } from '@jest/globals';

import { dumpDatabase } from '../world/ledger.ts';
import { connectQueues } from '../world/queues.ts';
import type { ScimWorld } from '../world/scim-world.ts';

/** Runs last, in a stack that logs at level trace, so that all passwords of the other stories are looked for. */
export function placeholderPasswordsAreDiscarded(current: () => ScimWorld): void {
  describe('passwords that Okta pushes', () => {
    test('are in no table, no log and no job, neither placeholders nor own ones', async () => {
      const { world, proxy } = current();
      expect(proxy.passwords.size).toBeGreaterThan(5);
      const folder = join(world.stack.dataDir, 'logs');
      // The simulators stand for foreign systems, so their logs do not count.
      const names = (await readdir(folder)).filter((name) => /^(receiver|api|scim|worker|console)\.log$/.test(name));
      expect(names).toContain('scim.log');
      const logs = await Promise.all(names.map((name) => readFile(join(folder, name), 'utf8')));
      const queues = await connectQueues(world);
      try {
        const stored = [...logs, await queues.dump(), await dumpDatabase(world.stack.databaseUrl)].join('\n');
        expect(stored.length).toBeGreaterThan(10_000);
        // Each search takes a while: of many, some from all stories.
        const passwords = [...proxy.passwords].filter(
          (_password, index, all) => index % Math.ceil(all.length / 50) === 0,
        );
        expect(passwords.filter((password) => stored.includes(password))).toEqual([]);
      } finally {
        await queues.close();
      }
    });
  });
}
