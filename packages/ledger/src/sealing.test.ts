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

  test('shows nothing of the text, and never looks the same twice', () => {
    const [one, other] = [sealing.seal('canary', 'here'), sealing.seal('canary', 'here')];
    expect(one).not.toBe(other);
    expect(Buffer.from(one.split('.')[1] ?? '', 'base64url').toString('latin1')).not.toContain('canary');
  });

  test('does not open once any one byte of it was changed', () => {
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

  test('does not open when it is cut short', () => {
    const sealed = sealing.seal('canary', 'here');
    for (const length of [3, 10, 30, sealed.length - 1])
      expect(() => sealing.unseal(sealed.slice(0, length), 'here')).toThrow(cannotUnseal);
  });

  test('does not open in another place', () => {
    expect(() => sealing.unseal(sealing.seal('canary', 'here'), 'there')).toThrow(cannotUnseal);
  });

  test('does not open with the keys of somebody else, nor under the name of another key', () => {
    const sealed = sealing.seal('canary', 'here');
    expect(() => freshSealing().unseal(sealed, 'here')).toThrow(cannotUnseal);
    const both = createSealing(parseKeyring(rotate(generateKeyring(), { keepsOld: true })));
    expect(() => both.unseal(both.seal('canary', 'here').replace(/^k2/, 'k1'), 'here')).toThrow(cannotUnseal);
  });

  test.each(['constructor', 'toString', '__proto__', 'k9'])('of a key %s that is not there does not open', (keyId) => {
    expect(() => sealing.unseal(`${keyId}.${'A'.repeat(60)}`, 'here')).toThrow(cannotUnseal);
  });

  test('that was never sealed is not repeated in the refusal', () => {
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

  test('opens old values, and seals new ones with the new key', () => {
    expect(after.unseal(before.seal('canary', 'here'), 'here')).toBe('canary');
    expect(after.seal('canary', 'here')).toMatch(/^k2\./);
  });

  test('opens them no longer once the old key is thrown away, and says which is missing', () => {
    expect(() => later.unseal(before.seal('canary', 'here'), 'here')).toThrow(/"k1".*here/);
  });

  test('leaves the blind index as it was', () => {
    expect(after.blindIndex('a@example.com')).toBe(before.blindIndex('a@example.com'));
    expect(after.blindIndex('b@example.com')).not.toBe(before.blindIndex('a@example.com'));
    expect(freshSealing().blindIndex('a@example.com')).not.toBe(before.blindIndex('a@example.com'));
  });
});

describe('a keyring', () => {
  const given = JSON.parse(generateKeyring());
  test.each([
    ['no JSON', 'canary'],
    ['a key that is too short', { ...given, keys: { k1: 'Y2FuYXJ5' } }],
    ['a key that is no base64', { ...given, keys: { k1: 'canary!!' } }],
    ['an active key that is not there', { ...given, active: 'k2' }],
    ['an active key that every object has', { ...given, active: 'constructor' }],
    ['no index key', { ...given, indexKey: undefined }],
    ['something else beside', { ...given, spare: given.indexKey }],
  ])('with %s is refused without being repeated', (_what, notify) => {
    const text = typeof notify === 'string' ? notify : JSON.stringify(notify);
    const refusal = expect.objectContaining({ code: 'bad_keyring', message: expect.not.stringMatching(/canary|Y2Fu/) });
    expect(() => parseKeyring(text)).toThrow(refusal);
  });
});
