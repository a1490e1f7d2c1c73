import { beforeAll, describe, expect, test } from '@jest/globals';

import { everythingIn, faultOf } from '../testing/fault-of.ts';
import { makePinCopyKeys, sealPinCopy, type PinCopyKeys } from '../testing/pin-copies.ts';
import { decryptPinCopy } from './decrypt-pin-copy.ts';

let ours: PinCopyKeys;
let older: PinCopyKeys;
let foreign: PinCopyKeys;
beforeAll(async () => {
  ours = await makePinCopyKeys('copy-2');
  older = await makePinCopyKeys('copy-1');
  foreign = await makePinCopyKeys('copy-2');
});

const copy = { version: 1, shipmentId: 'abc', serial: '3632071', pin: '482913' };
const open = (jwe: string): ReturnType<typeof decryptPinCopy> =>
  decryptPinCopy(jwe, [older.privateKey, ours.privateKey]);

test.each(['482913', '4829130', '04829131'])('a PIN of six to eight digits is opened: %s', async (pin) => {
  await expect(open(await sealPinCopy({ ...copy, pin, more: true }, ours.publicKey))).resolves.toEqual({
    pin,
    serial: '3632071',
  });
});

test('an older key still decrypts its copies', async () => {
  await expect(open(await sealPinCopy(copy, older.publicKey))).resolves.toMatchObject({ pin: '482913' });
});

test('a copy may omit the serial, and may have it as a number', async () => {
  await expect(open(await sealPinCopy({ ...copy, serial: undefined }, ours.publicKey))).resolves.toMatchObject({
    serial: null,
  });
  await expect(open(await sealPinCopy({ ...copy, serial: 3_632_071 }, ours.publicKey))).resolves.toMatchObject({
    serial: '3632071',
  });
});

describe('refused without any of its content:', () => {
  const cases: [title: string, seal: () => Promise<string>, code: string][] = [
    ['a key id that is not ours', () => sealPinCopy(copy, ours.publicKey, { kid: 'copy-3' }), 'sealed_to_another_key'],
    ['no key id', () => sealPinCopy(copy, ours.publicKey, { kid: undefined }), 'sealed_to_another_key'],
    ['another key under our key id', () => sealPinCopy(copy, foreign.publicKey), 'unopened'],
    ['a key agreement that is not ours', () => sealPinCopy(copy, ours.publicKey, { alg: 'ECDH-ES' }), 'unopened'],
    [
      'a content encryption that is not ours',
      () => sealPinCopy(copy, ours.publicKey, { enc: 'A128CBC-HS256' }),
      'unopened',
    ],
    ['no envelope at all', () => Promise.resolve('482913'), 'unopened'],
    ['another version', () => sealPinCopy({ ...copy, version: 2 }, ours.publicKey), 'unreadable'],
    ['a PIN that is too short', () => sealPinCopy({ ...copy, pin: '48291' }, ours.publicKey), 'unreadable'],
    ['a PIN that is too long', () => sealPinCopy({ ...copy, pin: '482913000' }, ours.publicKey), 'unreadable'],
    ['a PIN with letters', () => sealPinCopy({ ...copy, pin: '48291a' }, ours.publicKey), 'unreadable'],
    ['a PIN that is a number', () => sealPinCopy({ ...copy, pin: 482_913 }, ours.publicKey), 'unreadable'],
    ['text that is no JSON', () => sealPinCopy('482913 is the PIN', ours.publicKey), 'unreadable'],
  ];

  test.each(cases)('%s', async (_title, seal, code) => {
    const thrown = await faultOf(open(await seal()));
    expect(thrown).toMatchObject({ service: 'mail', fault: 'refused', refusals: [{ field: 'pinCopy', code }] });
    expect(everythingIn(thrown)).not.toContain('4829');
  });

  test('an altered envelope', async () => {
    const parts = (await sealPinCopy(copy, ours.publicKey)).split('.');
    const changed = parts
      .map((part, index) => (index === 3 ? `${part.startsWith('A') ? 'B' : 'A'}${part.slice(1)}` : part))
      .join('.');
    expect(await faultOf(open(changed))).toMatchObject({
      fault: 'refused',
      refusals: [{ field: 'pinCopy', code: 'unopened' }],
    });
  });
});
