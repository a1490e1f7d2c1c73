import { describe, expect, test } from '@jest/globals';

import { hire, isHeld, mailsFor, product, shipmentWhen } from '../world/people.ts';
import type { World } from '../world/world.ts';

/** What the provider does wrong on purpose, and where the journey must stop. */
const forgeries = [
  ['a swapped key', 'swapped-key', 'activation_refused'],
  ['a wrong RP id', 'wrong-rp-id', 'activation_refused'],
  ['a stale challenge', 'stale-challenge', 'activation_refused'],
  ['a tampered JWE', 'tampered', 'activation_refused'],
  ['a foreign signer', 'foreign-signer', 'activation_refused'],
  ['an answer without a key id', 'missing-kid', 'credential_unmatched'],
  ["an answer under another's key id", 'unknown-kid', 'credential_unmatched'],
] as const;

export function forgedAnswersAreRefused(world: () => World): void {
  describe('a forged answer never becomes a credential', () => {
    test.each(forgeries)('%s is refused, and the shipment held with the reason', async (_name, mode, code) => {
      await world().provider.setProgramming(mode);
      try {
        const employee = await hire(world());
        await world()
          .api()
          .request({ login: employee.login, ...product });
        const held = await shipmentWhen(world(), employee, isHeld);
        expect(held).toMatchObject({ hold: { code }, credential: { state: 'pending' } });
        expect(held.problems.length).toBeGreaterThan(0);
        expect((await world().org().enrollments(employee.id)).map(({ status }) => status)).toEqual([
          'FULFILLMENT_PENDING',
        ]);
        expect(await mailsFor(world(), employee.login)).toEqual([]);
      } finally {
        await world().provider.setProgramming('honest');
      }
    });
  });
}
