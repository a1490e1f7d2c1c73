import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { MailPort } from '@keycourier/journey/ports/mail';

import { faultOf } from '../testing/fault-of.ts';
import { createMailPort } from './create-mail-port.ts';
import type { MailSettings } from './settings.ts';

/** A mail server to hold to the contract. */
export interface MailUnderTest {
  settings: MailSettings;
  /** An address that the server takes mail for. */
  address: string;
  /** An address that it refuses for good. */
  refusedAddress: string;
  /** Seals a copy of a PIN as the provider does. */
  sealPinCopy: (pin: string) => Promise<string>;
  /** The raw messages that have come to an address, oldest first. */
  received: (address: string) => Promise<readonly string[]>;
  disconnect: () => Promise<void>;
}

/** What a mail server does, seen through our port. */
export function mailContract(name: string, connect: () => Promise<MailUnderTest>): void {
  describe(`${name}, as a mail server`, () => {
    let under: MailUnderTest;
    let mail: MailPort;
    beforeAll(async () => {
      under = await connect();
      mail = createMailPort(() => under.settings);
    });
    afterAll(() => under.disconnect());

    test('takes a PIN mail, and takes it again under the same id', async () => {
      const pinMail = {
        to: under.address,
        firstName: 'Zoë',
        messageId: `<contract-${Date.now()}@keycourier>`,
        pinCopyJwe: await under.sealPinCopy('482913'),
        serial: null,
      };
      await mail.sendPinMail('acme', pinMail);
      await mail.sendPinMail('acme', pinMail);
      const received = await under.received(under.address);
      const ours = received.filter((raw) => raw.includes(pinMail.messageId));
      expect(ours).toHaveLength(2);
      for (const raw of ours) expect(raw).toContain('482913');
    });

    test('refuses an address that it has no place for, and says so', async () => {
      const pinMail = {
        to: under.refusedAddress,
        firstName: 'Zoë',
        messageId: `<contract-${Date.now()}@keycourier>`,
        pinCopyJwe: await under.sealPinCopy('482913'),
        serial: null,
      };
      const thrown = await faultOf(mail.sendPinMail('acme', pinMail));
      expect(thrown).toMatchObject({ fault: 'refused', refusals: [{ field: 'to' }] });
      await expect(under.received(under.refusedAddress)).resolves.toEqual([]);
    });
  });
}
