import { describe, expect, test } from '@jest/globals';

import { createSealing, generateKeyring, parseKeyring, type Sealing } from './sealing.ts';

const freshSealing = (): Sealing => createSealing(parseKeyring(generateKeyring()));
const cannotUnseal = expect.objectContaining({ name: 'LedgerError', code: 'cannot_unseal' });

/** The ring as it is after a new key was made active, with or without the old one. */
function rotate(text: string, { keepsOld }: { keepsOld: boolean }): string {
  const [old, fresh] = [JSON.parse(text), JSON.parse(generateKeyring('k2'))];
  return JSON.stringify({
    active: 'k2',
    keys: { ...fresh.keys, ...(keepsOld ? old.keys : {}) },
    indexKey: old.indexKey,
  });
}

describe('a sealed value', () => {
  const sealing = freshSealing();

  test.each(['', 'a', 'Zoë 🗝', 'x'.repeat(100_000), '\0'])('opens to what was sealed', (plain) => {
    expect(sealing.unseal(sealing.seal(plain, 'here'), 'here')).toBe(plain);
  });

  test('shows nothing of the text, and is different each time', () => {
    const [one, other] = [sealing.seal('canary', 'here'), sealing.seal('canary', 'here')];
    expect(one).not.toBe(other);
    expect(Buffer.from(one.split('.')[1] ?? '', 'base64url').toString('latin1')).not.toContain('canary');
  });

  test('cannot be unsealed after a change of any one byte', () => {
    const sealed = sealing.seal('canary', 'here');
    const [keyId, body = ''] = sealed.split('.');
    const bytes = Buffer.from(body, 'base64url');
    for (const [index] of bytes.entries()) {
      const tampered = Buffer.from(bytes);
      tampered[index] = (tampered[index] ?? 0) ^ 1;
      const text = `${keyId}.${tampered.toString('base64url')}`;
      expect(() => sealing.unseal(text, 'here')).toThrow(cannotUnseal);
    }
  });

  test('cannot be unsealed when it is cut short', () => {
    const sealed = sealing.seal('canary', 'here');
    for (const length of [3, 10, 30, sealed.length - 1])
      expect(() => sealing.unseal(sealed.slice(0, length), 'here')).toThrow(cannotUnseal);
  });

  test('cannot be unsealed in another context', () => {
    expect(() => sealing.unseal(sealing.seal('canary', 'here'), 'there')).toThrow(cannotUnseal);
  });

  test('cannot be unsealed with other keys, nor under the name of another key', () => {
    const sealed = sealing.seal('canary', 'here');
    expect(() => freshSealing().unseal(sealed, 'here')).toThrow(cannotUnseal);
    const both = createSealing(parseKeyring(rotate(generateKeyring(), { keepsOld: true })));
    expect(() => both.unseal(both.seal('canary', 'here').replace(/^k2/, 'k1'), 'here')).toThrow(cannotUnseal);
  });

  test.each(['constructor', 'toString', '__proto__', 'k9'])('of a key %s that is not there does not open', (keyId) => {
    expect(() => sealing.unseal(`${keyId}.${'A'.repeat(60)}`, 'here')).toThrow(cannotUnseal);
  });

  test('that was never sealed is not part of the error', () => {
    for (const plain of ['canary', 'canary@example.com', 'canary.smith@example.com', '{"canary":"."}'])
      expect(() => sealing.unseal(plain, 'here')).toThrow(
        expect.objectContaining({ code: 'cannot_unseal', message: expect.not.stringContaining('canar') }),
      );
  });
});

describe('a rotation of keys', () => {
  const old = generateKeyring();
  const [before, after, later] = [
    createSealing(parseKeyring(old)),
    createSealing(parseKeyring(rotate(old, { keepsOld: true }))),
    createSealing(parseKeyring(rotate(old, { keepsOld: false }))),
  ];

  test('unseals old values, and seals new ones with the new key', () => {
    expect(after.unseal(before.seal('canary', 'here'), 'here')).toBe('canary');
    expect(after.seal('canary', 'here')).toMatch(/^k2\./);
  });

  test('cannot unseal them once the old key is removed, and names the missing key', () => {
    expect(() => later.unseal(before.seal('canary', 'here'), 'here')).toThrow(/"k1".*here/);
  });

  test('does not change the blind index', () => {
    expect(after.blindIndex('a@example.com')).toBe(before.blindIndex('a@example.com'));
    expect(after.blindIndex('b@example.com')).not.toBe(before.blindIndex('a@example.com'));
    expect(freshSealing().blindIndex('a@example.com')).not.toBe(before.blindIndex('a@example.com'));
  });
});

describe('a keyring', () => {
  const keyring = JSON.parse(generateKeyring());
  test.each([
    ['no JSON', 'canary'],
    ['a key that is too short', { ...keyring, keys: { k1: 'Y2FuYXJ5' } }],
    ['a key that is no base64', { ...keyring, keys: { k1: 'canary!!' } }],
    ['an active key that is not there', { ...keyring, active: 'k2' }],
    ['an active key that every object has', { ...keyring, active: 'constructor' }],
    ['no index key', { ...keyring, indexKey: undefined }],
    ['something else beside', { ...keyring, spare: keyring.indexKey }],
  ])('with %s is refused without being repeated', (_what, notify) => {
    const text = typeof notify === 'string' ? notify : JSON.stringify(notify);
    const refusal = expect.objectContaining({ code: 'bad_keyring', message: expect.not.stringMatching(/canary|Y2Fu/) });
    expect(() => parseKeyring(text)).toThrow(refusal);
  });
});
