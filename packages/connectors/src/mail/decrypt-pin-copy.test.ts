import { beforeAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { z } from 'zod';

import { everythingIn, faultOf } from '../testing/fault-of.ts';
import { makePinCopyKeys, makeSigner, sealPinCopy, type PinCopyKeys, type Signer } from '../testing/pin-copies.ts';
import { readTrials } from '../testing/read-trials.ts';
import { decryptPinCopy } from './decrypt-pin-copy.ts';
import type { Signature } from './verify-pin-copy.ts';

let ours: PinCopyKeys;
let older: PinCopyKeys;
let foreign: PinCopyKeys;
let signer: Signer;
let former: Signer;
let stranger: Signer;
beforeAll(async () => {
  ours = await makePinCopyKeys('copy-2');
  older = await makePinCopyKeys('copy-1');
  foreign = await makePinCopyKeys('copy-2');
  signer = await makeSigner('signing-2');
  former = await makeSigner('signing-1');
  stranger = await makeSigner('signing-2');
});

const trials = readTrials('pin-copies.json', { content: z.unknown(), expected: z.string().nullable() });

const copy = { version: 1, shipmentId: 'abc', serial: '3632071', pin: '482913' };
const seal = async (content: unknown, by: Signer = signer): Promise<string> =>
  sealPinCopy(await by.sign(content), ours.publicKey, { cty: 'JWT' });
const sealUnsigned = (content: unknown): Promise<string> => sealPinCopy(content, ours.publicKey);

const open = (
  jwe: string,
  signature: Partial<Signature> = {},
  privateKeys = [older.privateKey, ours.privateKey],
): Promise<string> =>
  decryptPinCopy(jwe, {
    orderId: 'abc',
    serial: '3632071',
    privateKeys,
    signature: { publishedKeys: [former.publishedKey, signer.publishedKey], unsigned: 'never', ...signature },
  });

async function codeOf(opening: Promise<string>): Promise<string | undefined> {
  const thrown = await faultOf(opening);
  expect(thrown).toMatchObject({ service: 'mail', fault: 'refused', refusals: [{ field: 'pinCopy' }] });
  expect(everythingIn(thrown)).not.toContain('4829');
  return thrown.refusals[0]?.code;
}

test.each(['482913', '4829130', '04829131'])('a PIN of six to eight digits is opened: %s', async (pin) => {
  await expect(open(await seal({ ...copy, pin }))).resolves.toBe(pin);
});

test('a copy is opened on each curve that a key may be on', async () => {
  const keys = await makePinCopyKeys('on-p-384', 'P-384');
  const jwe = await sealPinCopy(await signer.sign(copy), keys.publicKey, { cty: 'JWT' });
  await expect(open(jwe, {}, [ours.privateKey, keys.privateKey])).resolves.toBe('482913');
  // One key's name on another curve opens nothing.
  const misnamed = await sealPinCopy(await signer.sign(copy), { ...keys.publicKey, kid: 'copy-2' }, { cty: 'JWT' });
  expect(await codeOf(open(misnamed))).toBe('unopened');
});

test('an older key still decrypts its copies, and a serial may be a number', async () => {
  const jwe = await sealPinCopy(await signer.sign({ ...copy, serial: 3_632_071 }), older.publicKey, { cty: 'JWT' });
  await expect(open(jwe)).resolves.toBe('482913');
});

describe('the content is what was agreed, and nothing else:', () => {
  test.each(trials)('$n', async ({ content, expected }) => {
    const opening = open(await seal(content));
    if (expected === null) await expect(opening).resolves.toBe('482913');
    else expect(await codeOf(opening)).toBe(expected);
  });

  test('any other member, and any member that is missing, is refused', async () => {
    const names = fc.string({ minLength: 1, maxLength: 12 }).filter((name) => !Object.hasOwn(copy, name));
    let asserted = 0;
    const property = fc.asyncProperty(names, fc.jsonValue(), async (name, value) => {
      expect(await codeOf(open(await seal({ ...copy, [name]: value })))).toBe('unreadable');
      asserted += 1;
    });
    await fc.assert(property, { numRuns: 40 });
    for (const name of Object.keys(copy))
      expect(await codeOf(open(await seal({ ...copy, [name]: undefined })))).toBe('unreadable');
    expect(asserted).toBe(40);
  });

  test.each([
    ['no JSON', '482913 is the PIN'],
    ['a PIN twice', '{"version":1,"shipmentId":"abc","serial":"3632071","pin":"482914","pin":"482913"}'],
    [
      'a PIN twice, once spelled otherwise',
      `{"version":1,"shipmentId":"abc","serial":"3632071","\\u0070in":"482914","pin":"482913"}`,
    ],
    [
      'a serial twice, the same',
      '{"version":1,"shipmentId":"abc","serial":"3632071","serial":"3632071","pin":"482913"}',
    ],
    ['more behind the document', `${JSON.stringify(copy)} {}`],
    ['nothing', ''],
  ])('%s', async (_, text) => {
    const sealed = await sealPinCopy(text, ours.publicKey);
    expect(await codeOf(open(sealed, { unsigned: 'always' }))).toBe('unreadable');
  });
});

describe('the signature:', () => {
  test('one of a key that is still published counts', async () => {
    await expect(open(await seal(copy, former))).resolves.toBe('482913');
  });

  test.each<[string, () => Promise<string>, string]>([
    ['none', () => sealUnsigned(copy), 'unsigned'],
    [
      'none, under the header of a signed copy',
      () => sealPinCopy(copy, ours.publicKey, { cty: 'JWT' }),
      'badly_signed',
    ],
    ['a stranger’s, under a published key id', () => seal(copy, stranger), 'badly_signed'],
    [
      'that of a key that is not published',
      async () => seal(copy, await makeSigner('signing-9')),
      'signed_by_another_key',
    ],
    [
      'without a key id',
      async () => sealPinCopy(await signer.sign(copy, { hasKid: false }), ours.publicKey, { cty: 'JWT' }),
      'signed_by_another_key',
    ],
  ])('%s is refused', async (_, sealed, code) => {
    expect(await codeOf(open(await sealed()))).toBe(code);
  });

  test('the provider’s transport keys sign nothing', async () => {
    const published = [{ ...signer.publishedKey, use: 'enc' }];
    expect(await codeOf(open(await seal(copy), { publishedKeys: published }))).toBe('signed_by_another_key');
  });

  test.each<[string, Signature['unsigned'], boolean, boolean]>([
    ['never', 'never', false, false],
    ['where no key is published', 'where_no_key_is_published', false, true],
    ['where no key is published, though one is', 'where_no_key_is_published', true, false],
    ['always, for a copy that an older version took', 'always', true, true],
  ])('none is accepted %s', async (_, unsigned, isPublished, isAccepted) => {
    const publishedKeys = isPublished ? [signer.publishedKey] : [];
    const opening = open(await sealUnsigned(copy), { unsigned, publishedKeys });
    if (isAccepted) await expect(opening).resolves.toBe('482913');
    else expect(await codeOf(opening)).toBe('unsigned');
  });

  test('an unsigned copy is bound to the order and the key all the same', async () => {
    const sealed = await sealUnsigned({ ...copy, shipmentId: 'abd' });
    expect(await codeOf(open(sealed, { unsigned: 'always' }))).toBe('for_another_order');
  });
});

describe('the envelope:', () => {
  test.each<[string, () => Promise<string>, string]>([
    ['a key id that is not ours', () => sealPinCopy(copy, ours.publicKey, { kid: 'copy-3' }), 'sealed_to_another_key'],
    ['no key id', () => sealPinCopy(copy, ours.publicKey, { kid: undefined }), 'sealed_to_another_key'],
    ['another key under our key id', () => sealPinCopy(copy, foreign.publicKey), 'unopened'],
    ['a key agreement that is not ours', () => sealPinCopy(copy, ours.publicKey, { alg: 'ECDH-ES' }), 'unopened'],
    ['another content encryption', () => sealPinCopy(copy, ours.publicKey, { enc: 'A128CBC-HS256' }), 'unopened'],
    ['none at all', () => Promise.resolve('482913'), 'unopened'],
  ])('%s is refused', async (_, sealed, code) => {
    expect(await codeOf(open(await sealed()))).toBe(code);
  });

  test('an altered one is refused', async () => {
    const parts = (await seal(copy)).split('.');
    const changed = parts.map((part, index) =>
      index === 3 ? `${part.startsWith('A') ? 'B' : 'A'}${part.slice(1)}` : part,
    );
    expect(await codeOf(open(changed.join('.')))).toBe('unopened');
  });
});
