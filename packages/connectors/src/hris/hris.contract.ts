import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { HrisPort } from '@keycourier/journey/ports/hris';
import type { IdentityUser } from '@keycourier/journey/ports/identity';

import { everythingIn, faultOf } from '../testing/fault-of.ts';
import { createHrisPort } from './create-hris-port.ts';
import type { HrisSettings, Person } from './settings.ts';

/** A personnel system to hold to the contract. Nothing in it is changed. */
export interface HrisUnderTest {
  settings: HrisSettings;
  /** Somebody it knows, and everything that the settings map of them. */
  known: { user: IdentityUser; person: Person };
  /** Somebody it does not know. */
  unknown: IdentityUser;
  disconnect: () => Promise<void>;
}

/** What a personnel system does, real or simulated, seen through our port. */
export function hrisContract(name: string, connect: () => Promise<HrisUnderTest>): void {
  describe(`${name}, as a personnel system`, () => {
    let under: HrisUnderTest;
    let hris: HrisPort;
    beforeAll(async () => {
      under = await connect();
      hris = createHrisPort(() => under.settings);
    });
    afterAll(() => under.disconnect());

    test('says of a person what is mapped, and nothing else', async () => {
      await expect(hris.readPerson('acme', under.known.user)).resolves.toEqual(under.known.person);
    });

    test('says the same to all who ask at once', async () => {
      const asked = [1, 2, 3, 4].map(() => hris.readPerson('acme', under.known.user));
      expect(new Set((await Promise.all(asked)).map((person) => JSON.stringify(person))).size).toBe(1);
    });

    test('knows nobody by a login that is not there', async () => {
      await expect(hris.readPerson('acme', under.unknown)).resolves.toBeNull();
    });

    test.each(['..', 'a/../../admin', 'ada@acme.example?all=true', 'ada@acme.example#', '%2e%2e', '{login}'])(
      'knows nobody by the login %s, which leads nowhere else',
      async (login) => {
        await expect(hris.readPerson('acme', { ...under.unknown, login })).resolves.toBeNull();
      },
    );

    test('refuses a token that it does not know, and the refusal names nobody', async () => {
      const stranger = createHrisPort(() => ({ ...under.settings, auth: { bearer: () => 'not-a-token' } }));
      const thrown = await faultOf(stranger.readPerson('acme', under.known.user));
      expect(thrown).toMatchObject({ service: 'hris', fault: 'unauthorized' });
      expect(everythingIn(thrown)).not.toContain(under.known.user.login);
    });
  });
}
