import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { ProgrammedKey, TransportKey } from '@keycourier/journey/ports/fulfillment';
import type { IdentityPort } from '@keycourier/journey/ports/identity';
import { decodeProtectedHeader } from 'jose';

import { faultOf } from '../testing/fault-of.ts';
import { connectOrgs } from './connect-orgs.ts';
import { createOktaPort } from './create-okta-port.ts';
import type { OktaAuth, OktaSettings } from './settings.ts';

/** An org that the contract tests. Credentials of `user` are created and deleted; nothing else is changed. */
export interface OktaUnderTest {
  settings: OktaSettings;
  /** Credentials of the same kind that the org does not know. */
  stranger: OktaAuth;
  /** An active user with a secondary e-mail address, and their attributes. */
  user: { id: string; login: string; profile: Readonly<Record<string, string>> };
  group: { id: string; name: string };
  /** A group that the user is not in. */
  otherGroup: { id: string };
  transportKey: () => Promise<TransportKey>;
  /** Programs a key with the envelopes of an enrollment, as the provider does. */
  program: (envelopes: { pinRequestJwe: string; credRequestJwe: string }) => Promise<{
    key: ProgrammedKey;
    signingKeys: readonly Readonly<Record<string, unknown>>[];
  }>;
  disconnect: () => Promise<void>;
}

/** The behaviour of an Okta org, real or simulated, through our port. */
export function oktaContract(name: string, connect: () => Promise<OktaUnderTest>): void {
  describe(`${name}, as an Okta org`, () => {
    let org: OktaUnderTest;
    let okta: IdentityPort;
    beforeAll(async () => {
      org = await connect();
      okta = createOktaPort(connectOrgs(() => org.settings));
    });
    afterAll(() => org.disconnect());
    const enroll = async () => okta.enroll('acme', { userId: org.user.id, transportKey: await org.transportKey() });
    const statusOf = async (enrollmentId: string): Promise<string | null> => {
      const all = await okta.listEnrollments('acme', org.user.id);
      return all.find(({ id }) => id === enrollmentId)?.status ?? null;
    };

    describe('a user', () => {
      test('is read by id and by login, ignoring case, with their attributes', async () => {
        const byId = await okta.readUser('acme', org.user.id);
        expect(byId).toMatchObject({ id: org.user.id, login: org.user.login, status: 'active' });
        const values = Object.entries(byId?.profile ?? {}).map(([field, { value }]) => [field, value]);
        expect(Object.fromEntries(values)).toEqual(org.user.profile);
        expect(Object.values(byId?.profile ?? {}).every(({ source }) => source === 'okta')).toBe(true);
        await expect(okta.readUser('acme', org.user.login)).resolves.toEqual(byId);
        await expect(okta.readUser('acme', org.user.login.toUpperCase())).resolves.toEqual(byId);
      });

      test.each([
        '00u00000000000000000',
        'unknown@nowhere.example',
        'no/body@nowhere.example',
        'me',
        '..',
        'a"b\\c/d@nowhere.example',
      ])('that the org does not know is null: %s', async (idOrLogin) => {
        await expect(okta.readUser('acme', idOrLogin)).resolves.toBeNull();
      });
    });

    test('a group is read by id, and has its members', async () => {
      await expect(okta.readGroup('acme', org.group.id)).resolves.toEqual(org.group);
      await expect(okta.readGroup('acme', '00g00000000000000000')).resolves.toBeNull();
      await expect(okta.isMember('acme', org.group.id, org.user.id)).resolves.toBe(true);
      await expect(okta.isMember('acme', org.otherGroup.id, org.user.id)).resolves.toBe(false);
      await expect(okta.isMember('acme', org.group.id, '00u00000000000000000')).resolves.toBe(false);
    });

    describe('an enrollment', () => {
      test('is pending, with envelopes encrypted to the transport key, and every call creates another', async () => {
        const transportKey = await org.transportKey();
        const first = await okta.enroll('acme', { userId: org.user.id, transportKey });
        const second = await enroll();
        expect(second.enrollmentId).not.toBe(first.enrollmentId);
        expect(second.keyId).not.toBe(first.keyId);
        for (const jwe of [first.pinRequestJwe, first.credRequestJwe])
          expect(decodeProtectedHeader(jwe)).toMatchObject({ kid: transportKey.kid });
        expect(await statusOf(first.enrollmentId)).toBe('pending');
        expect(await statusOf(second.enrollmentId)).toBe('pending');
      });

      test('that is deleted cannot be deleted again', async () => {
        const { enrollmentId } = await enroll();
        await okta.deleteEnrollment('acme', org.user.id, enrollmentId);
        expect(await statusOf(enrollmentId)).toBeNull();
        expect(await faultOf(okta.deleteEnrollment('acme', org.user.id, enrollmentId))).toMatchObject({
          fault: 'not_found',
        });
      });

      test('that is marked as an error stays, as failed', async () => {
        const { enrollmentId } = await enroll();
        await okta.markEnrollmentError('acme', org.user.id, enrollmentId);
        expect(await statusOf(enrollmentId)).toBe('failed');
      });

      test("is active after the provider's responses, and its PIN is mailed on request", async () => {
        const enrolled = await enroll();
        const { key, signingKeys } = await org.program(enrolled);
        const answer = key.credResponses.find(({ keyId }) => keyId === enrolled.keyId);
        const request = {
          userId: org.user.id,
          enrollmentId: enrolled.enrollmentId,
          serial: key.serial,
          version: key.firmware,
          pinResponseJwe: key.pinResponseJwe,
          credResponseJwe: answer?.jwe ?? '',
          signingKeys,
        };
        await expect(okta.activate('acme', request)).resolves.toEqual({ enrollmentIds: [enrolled.enrollmentId] });
        expect(await statusOf(enrolled.enrollmentId)).toBe('active');
        await okta.sendPin('acme', org.user.id, enrolled.enrollmentId);
      });

      test('does not accept responses for another enrollment', async () => {
        const [enrolled, other] = [await enroll(), await enroll()];
        const { key, signingKeys } = await org.program(other);
        const thrown = await faultOf(
          okta.activate('acme', {
            userId: org.user.id,
            enrollmentId: enrolled.enrollmentId,
            serial: key.serial,
            version: key.firmware,
            pinResponseJwe: key.pinResponseJwe,
            credResponseJwe: key.credResponses[0]?.jwe ?? '',
            signingKeys,
          }),
        );
        expect(thrown).toMatchObject({ fault: 'refused', status: 400 });
        expect(thrown.refusals).not.toEqual([]);
        expect(await statusOf(enrolled.enrollmentId)).toBe('pending');
      });

      test('is not created for an unknown user', async () => {
        const transportKey = await org.transportKey();
        const thrown = await faultOf(okta.enroll('acme', { userId: '00u00000000000000000', transportKey }));
        expect(thrown).toMatchObject({ fault: 'not_found', status: 404 });
      });
    });

    test('unknown credentials are refused', async () => {
      const stranger = createOktaPort(connectOrgs(() => ({ ...org.settings, auth: org.stranger })));
      expect(await faultOf(stranger.readUser('acme', org.user.id))).toMatchObject({
        fault: 'unauthorized',
        status: 401,
      });
    });
  });
}
