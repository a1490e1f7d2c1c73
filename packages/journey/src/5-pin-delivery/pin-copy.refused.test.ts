import { describe, expect, test } from '@jest/globals';

import { ConnectorError } from '../ports/errors.ts';
import { recheck } from '../requests/recheck.ts';
import { createHarness, type Harness } from '../testing/harness.ts';
import type { SampleShipment } from '../testing/samples.ts';
import { stages } from '../testing/stages.ts';

const published = [{ kid: 'signing-1' }];

/** A released PIN whose copy the mail connector refuses until the provider has replaced it. */
function refusingHarness(shipment: SampleShipment = {}): Harness & { replaced: { jwe: string } } {
  const plan = { ...stages.active.plan, pin: 'released' } as const;
  const harness = createHarness({ shipment: { ...stages.active, plan, ...shipment } });
  harness.provider.orders.push(theOrder);
  harness.provider.route = [103];
  const replaced = { jwe: 'a good copy' };
  const { sendPinMail } = harness.context.mail;
  harness.context.mail.sendPinMail = (tenant, mail) => {
    if (mail.pinCopy.jwe === replaced.jwe) return sendPinMail(tenant, mail);
    const refusals = [{ field: 'pinCopy', code: 'for_another_key' }];
    return Promise.reject(
      new ConnectorError({ service: 'mail', fault: 'refused' }, 'pinCopy is refused', { refusals }),
    );
  };
  return { ...harness, replaced };
}

const theOrder: Harness['provider']['orders'][number] = {
  orderId: 'order-1',
  reference: 'shp_1-1',
  stateId: 103,
  createdAt: new Date(0),
  request: {
    profile: stages.active.secrets.profile,
    recipientEmail: '',
    product: { productId: '1', inventoryProductId: '106', customizationId: 'RXJN83' },
    deliveryType: 1,
    reference: 'shp_1-1',
    pinRequestJwe: 'pin request key0',
    credRequestJwe: 'credential request key0',
  },
  isDeleted: false,
  isFinal: false,
  polls: 0,
  carrier: null,
  trackingNumber: null,
};

async function retry(harness: Harness): Promise<void> {
  harness.ledger.move('shp_1', (shipment) => recheck(shipment, 'operator'));
  await harness.run('release-pin');
}

describe('a PIN copy that is refused', () => {
  test('is held with its problem, and never mailed', async () => {
    const harness = refusingHarness();
    await expect(harness.run('send-pin')).resolves.toMatchObject({
      result: { outcome: 'stop' },
      held: { code: 'pin_copy_refused', problems: [{ field: 'pinCopy', code: 'for_another_key' }] },
    });
    expect(harness.mails).toEqual([]);
    expect(harness.shipment()).toMatchObject({ plan: { pin: 'sealed' }, pin: { sentAt: null } });
  });

  test('is read from the provider again after a retry, with the keys that it publishes by then', async () => {
    const harness = refusingHarness();
    await harness.run('send-pin');
    await retry(harness);
    harness.provider.tamper = (key) => ({ ...key, pinCopyJwe: harness.replaced.jwe });
    await expect(harness.run('send-pin')).resolves.toMatchObject({ result: { outcome: 'done' }, held: null });
    expect(harness.mails).toMatchObject([{ pinCopy: { jwe: 'a good copy', signingKeys: published } }]);
    expect(harness.shipment().plan.pin).toBe('sent');
  });

  test.each<[string, (harness: Harness) => void]>([
    ['the provider has the same copy', () => undefined],
    [
      'the provider has no copy any more',
      ({ provider }) => void (provider.tamper = (key) => ({ ...key, pinCopyJwe: null })),
    ],
    ['the provider has no such order any more', ({ provider }) => void (provider.orders = [])],
  ])('is held again when %s', async (_, change) => {
    const harness = refusingHarness();
    await harness.run('send-pin');
    await retry(harness);
    change(harness);
    await expect(harness.run('send-pin')).resolves.toMatchObject({ held: { code: 'pin_copy_refused' } });
    expect(harness.mails).toEqual([]);
  });

  test('waits for the provider, and is not held for its outage', async () => {
    const harness = refusingHarness();
    await harness.run('send-pin');
    await retry(harness);
    harness.fail('provider.readOrder', 'unreachable');
    await expect(harness.run('send-pin')).resolves.toMatchObject({ result: { outcome: 'later' } });
    expect(harness.shipment()).toMatchObject({ hold: null, plan: { pin: 'sending' } });
  });
});

test('a copy of an order that was placed before copies had to be signed may be unsigned', async () => {
  const plan = { ...stages.active.plan, pin: 'released' } as const;
  const { expectsSignedPinCopy: _, ...order } = stages.active.intents.order;
  const secrets = { ...stages.active.secrets, pinCopy: { jwe: 'pin copy order-1' } };
  const intents = { ...stages.active.intents, order };
  const harness = createHarness({ shipment: { ...stages.active, plan, intents, secrets } });
  await harness.run('send-pin');
  expect(harness.mails).toMatchObject([{ pinCopy: { signingKeys: published, mayBeUnsigned: true } }]);
});
