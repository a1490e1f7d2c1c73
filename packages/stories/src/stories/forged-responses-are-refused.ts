import { describe, expect, test } from '@jest/globals';

import { createEmployee, isHeld, mailsFor, product, shipmentWhen } from '../world/people.ts';
import type { World } from '../world/world.ts';

/** The forgeries of the provider, with the programming mode and the expected hold. */
const forgeries = [
  ['a swapped key', 'swapped-key', 'activation_refused'],
  ['a wrong RP id', 'wrong-rp-id', 'activation_refused'],
  ['a stale challenge', 'stale-challenge', 'activation_refused'],
  ['a tampered JWE', 'tampered', 'activation_refused'],
  ['a foreign signer', 'foreign-signer', 'activation_refused'],
  ['a response without a key id', 'missing-kid', 'credential_unmatched'],
  ['a response with an unknown key id', 'unknown-kid', 'credential_unmatched'],
] as const;

/** PIN copies that the provider made wrong, with the problem that the hold shows. */
const wrongCopies = [
  ['is not signed', 'unsigned-pin-copy', 'unsigned'],
  ['is signed by another key', 'forged-pin-copy', 'badly_signed'],
  ['is of another order', 'pin-copy-of-another-order', 'for_another_order'],
  ['is of another key', 'pin-copy-of-another-key', 'for_another_key'],
] as const;

/** `ofEachKind` limits how many of the forgeries and of the wrong copies there are. */
export function forgedResponsesAreRefused(world: () => World, { ofEachKind }: { ofEachKind: number }): void {
  describe('a forged response never becomes a credential', () => {
    test.each(forgeries.slice(0, ofEachKind))(
      '%s is refused and the shipment is held with the reason',
      async (_name, mode, code) => {
        await world().provider.setProgramming(mode);
        try {
          const employee = await createEmployee(world());
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
      },
    );

    test.each(wrongCopies.slice(0, ofEachKind))(
      'a PIN copy that %s is held, and never mailed',
      async (_name, mode, code) => {
        await world().provider.setProgramming(mode);
        try {
          const employee = await createEmployee(world());
          await world()
            .api()
            .request({ login: employee.login, ...product });
          const held = await shipmentWhen(world(), employee, isHeld);
          expect(held).toMatchObject({ hold: { code: 'pin_copy_refused' }, pin: { state: 'sealed', sentAt: null } });
          expect(held.problems).toMatchObject([{ field: 'pinCopy', code }]);
          expect(await mailsFor(world(), employee.login)).toEqual([]);
        } finally {
          await world().provider.setProgramming('honest');
        }
      },
    );
  });
}
