import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { HrisPort } from '@keycourier/journey/ports/hris';
import type { IdentityUser } from '@keycourier/journey/ports/identity';

import { everythingIn, faultOf } from '../testing/fault-of.ts';
import { createHrisPort } from './create-hris-port.ts';
import type { HrisSettings, Person } from './settings.ts';

/** An HRIS that the contract tests. Nothing in it is changed. */
export interface HrisUnderTest {
  settings: HrisSettings;
  /** A user that it knows, and all mapped attributes. */
  known: { user: IdentityUser; person: Person };
  /** A user that it does not know. */
  unknown: IdentityUser;
  disconnect: () => Promise<void>;
}

/** The behaviour of an HRIS, real or simulated, through our port. */
export function hrisContract(name: string, connect: () => Promise<HrisUnderTest>): void {
  describe(`${name}, as an HRIS`, () => {
    let under: HrisUnderTest;
    let hris: HrisPort;
    beforeAll(async () => {
      under = await connect();
      hris = createHrisPort(() => under.settings);
    });
    afterAll(() => under.disconnect());

    test('returns the mapped attributes of a person, and nothing else', async () => {
      await expect(hris.readPerson('acme', under.known.user)).resolves.toEqual(under.known.person);
    });

    test('returns the same to concurrent callers', async () => {
      const answers = [1, 2, 3, 4].map(() => hris.readPerson('acme', under.known.user));
      expect(new Set((await Promise.all(answers)).map((person) => JSON.stringify(person))).size).toBe(1);
    });

    test('returns null for an unknown login', async () => {
      await expect(hris.readPerson('acme', under.unknown)).resolves.toBeNull();
    });

    test.each(['..', 'a/../../admin', 'ada@acme.example?all=true', 'ada@acme.example#', '%2e%2e', '{login}'])(
      'returns null for the login %s, which addresses nothing else',
      async (login) => {
        await expect(hris.readPerson('acme', { ...under.unknown, login })).resolves.toBeNull();
      },
    );

    test('refuses an unknown token, and the error holds no login', async () => {
      const stranger = createHrisPort(() => ({ ...under.settings, auth: { bearer: () => 'not-a-token' } }));
      const thrown = await faultOf(stranger.readPerson('acme', under.known.user));
      expect(thrown).toMatchObject({ service: 'hris', fault: 'unauthorized' });
      expect(everythingIn(thrown)).not.toContain(under.known.user.login);
    });
  });
}
