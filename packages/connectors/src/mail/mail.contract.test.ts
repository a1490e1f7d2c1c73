import { makePinCopyKeys, makeSigner, sealPinCopy } from '../testing/pin-copies.ts';
import { startInbox } from '../testing/smtp-inbox.ts';
import { mailContract } from './mail.contract.ts';

mailContract('smtp-server', async () => {
  const keys = await makePinCopyKeys('copy-1');
  const signer = await makeSigner('signing-1');
  const inbox = await startInbox({
    onRcptTo: ({ address }, _session, done) =>
      done(
        address.startsWith('unknown@') ? Object.assign(new RangeError('no such mailbox'), { responseCode: 550 }) : null,
      ),
  });
  return {
    settings: { smtp: { url: inbox.url }, from: 'it@acme.example', pinCopyPrivateKeys: [keys.privateKey] },
    address: 'zoe@home.example',
    refusedAddress: 'unknown@home.example',
    sealPinCopy: async (pin) => {
      const copy = { version: 1, shipmentId: 'abc', serial: '3632071', pin };
      return {
        purpose: 'primary',
        orderId: copy.shipmentId,
        serial: copy.serial,
        pinCopy: {
          jwe: await sealPinCopy(await signer.sign(copy), keys.publicKey, { cty: 'JWT' }),
          signingKeys: [signer.publishedKey],
          mayBeUnsigned: false,
        },
      };
    },
    received: (address) =>
      Promise.resolve(inbox.received.filter(({ to }) => to.includes(address)).map(({ raw }) => raw)),
    disconnect: inbox.close,
  };
});
