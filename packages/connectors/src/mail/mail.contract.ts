import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { MailPort, PinMail } from '@keycourier/journey/ports/mail';

import { faultOf } from '../testing/fault-of.ts';
import { createMailPort } from './create-mail-port.ts';
import type { MailSettings } from './settings.ts';

/** A mail server that the contract tests. */
export interface MailUnderTest {
  settings: MailSettings;
  /** An address that the server accepts mail for. */
  address: string;
  /** An address that it refuses permanently. */
  refusedAddress: string;
  /** A copy of a PIN as the provider makes it, and the key that it is of. */
  sealPinCopy: (pin: string) => Promise<Pick<PinMail, 'purpose' | 'orderId' | 'serial' | 'pinCopy'>>;
  /** The raw messages to an address, oldest first. */
  received: (address: string) => Promise<readonly string[]>;
  disconnect: () => Promise<void>;
}

/** The behaviour of a mail server, through our port. */
export function mailContract(name: string, connect: () => Promise<MailUnderTest>): void {
  describe(`${name}, as a mail server`, () => {
    let under: MailUnderTest;
    let mail: MailPort;
    beforeAll(async () => {
      under = await connect();
      mail = createMailPort(() => under.settings);
    });
    afterAll(() => under.disconnect());

    test('accepts a PIN mail, and accepts it again with the same id', async () => {
      const pinMail = {
        to: under.address,
        firstName: 'Zoë',
        messageId: `<contract-${Date.now()}@keycourier>`,
        ...(await under.sealPinCopy('482913')),
      };
      await mail.sendPinMail('acme', pinMail);
      await mail.sendPinMail('acme', pinMail);
      const received = await under.received(under.address);
      const ours = received.filter((raw) => raw.includes(pinMail.messageId));
      expect(ours).toHaveLength(2);
      for (const raw of ours) expect(raw).toContain('482913');
    });

    test('refuses an unknown address', async () => {
      const pinMail = {
        to: under.refusedAddress,
        firstName: 'Zoë',
        messageId: `<contract-${Date.now()}@keycourier>`,
        ...(await under.sealPinCopy('482913')),
      };
      const thrown = await faultOf(mail.sendPinMail('acme', pinMail));
      expect(thrown).toMatchObject({ fault: 'refused', refusals: [{ field: 'to' }] });
      await expect(under.received(under.refusedAddress)).resolves.toEqual([]);
    });
  });
}
