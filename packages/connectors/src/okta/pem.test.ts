import { generateKeyPairSync, type KeyObject } from 'node:crypto';

import { describe, expect, test } from '@jest/globals';

import { clientKeyProblem, readClientKey } from './client-key.ts';

const rsa = generateKeyPairSync('rsa', { modulusLength: 2_048 });
const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const pkcs8 = (key: KeyObject): string => key.export({ type: 'pkcs8', format: 'pem' }).toString();
const pem = pkcs8(rsa.privateKey);
const jwk = JSON.stringify(ec.privateKey.export({ format: 'jwk' }));
const base64 = (text: string): string => Buffer.from(text).toString('base64');
const idOf = (key: KeyObject): string => JSON.stringify(key.export({ format: 'jwk' }));

describe('a private key is taken as variables and secret stores keep it:', () => {
  const kept: [title: string, text: string][] = [
    ['with \\n as two characters', pem.replaceAll('\n', '\\n')],
    ['with \\n as three characters', pem.replaceAll('\n', '\\\\n')],
    ['with \\r\\n as four characters', pem.replaceAll('\n', '\\r\\n')],
    ['with CRLF', pem.replaceAll('\n', '\r\n')],
    ['with CR alone', pem.replaceAll('\n', '\r')],
    ['in double quotes', `"${pem}"`],
    ['in single quotes, with \\n as two characters', `'${pem.replaceAll('\n', '\\n')}'`],
    ['on one line, with spaces', pem.replaceAll('\n', ' ')],
    ['on one line, with nothing between', pem.replaceAll('\n', '')],
    ['indented', pem.replaceAll('\n', '\n      ')],
    ['with a byte order mark', `\uFEFF${pem}`],
    ['with white space around', `\n\n  ${pem}\t\n`],
    ['in base64', base64(pem)],
    ['in base64, wrapped', base64(pem).replaceAll(/.{76}/g, '$&\n')],
    ['in base64 of its two-character form', base64(pem.replaceAll('\n', '\\n'))],
    ['behind the attributes that openssl pkcs12 prints', `Bag Attributes\n    friendlyName: key\n${pem}`],
    ['beside its certificate', `-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n${pem}`],
    ['as PKCS#1', rsa.privateKey.export({ type: 'pkcs1', format: 'pem' }).toString()],
  ];

  test.each(kept)('%s', (_title, text) => {
    expect(idOf(readClientKey(text, undefined).key)).toBe(idOf(rsa.privateKey));
  });

  test.each([
    ['SEC1', ec.privateKey.export({ type: 'sec1', format: 'pem' }).toString().replaceAll('\n', '\\n')],
    ['a JWK', jwk],
    ['a JWK in quotes', `'${jwk}'`],
    ['a JWK with escaped quotes', JSON.stringify(jwk)],
    ['a JWK in base64', base64(jwk)],
    ['a set with one JWK', `{"keys":[${jwk}]}`],
  ])('EC as %s', (_title, text) => {
    expect(idOf(readClientKey(text, undefined).key)).toBe(idOf(ec.privateKey));
  });
});

describe('what is no private key is refused with what it is, and not quoted:', () => {
  const publicPem = rsa.publicKey.export({ type: 'spki', format: 'pem' }).toString();
  const encrypted = { type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'canary' } as const;
  const legacy = { type: 'pkcs1', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'canary' } as const;
  const refused: [title: string, text: string, says: RegExp][] = [
    ['the first line alone', '-----BEGIN PRIVATE KEY-----', /line breaks are missing/],
    ['line breaks that lost their backslash', pem.replaceAll('\n', 'n'), /line breaks are missing or were replaced/],
    ['the same behind padding', pem.replaceAll('\n', 'n').replace('n-----END', '=n-----END'), /were replaced/],
    ['the end cut off', pem.slice(0, 400), /is cut off/],
    [
      'lines that are lost',
      pem
        .split('\n')
        .filter((_, index) => index !== 5)
        .join('\n'),
      /not a private key in PEM/,
    ],
    ['dots for what was left out', pem.replace(/\n.{64}\n/, '\n…\n'), /belong to no PEM/],
    ['a public key', publicPem, /is a public key/],
    ['a public key on one line', publicPem.replaceAll('\n', '\\n'), /is a public key/],
    ['a certificate', '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----', /is a certificate:/],
    [
      'a request',
      '-----BEGIN CERTIFICATE REQUEST-----\nMIIB\n-----END CERTIFICATE REQUEST-----',
      /certificate request/,
    ],
    ['an encrypted key', rsa.privateKey.export(encrypted).toString(), /is encrypted/],
    ['an encrypted key of the older form', rsa.privateKey.export(legacy).toString(), /is encrypted/],
    ['OpenSSH’s own form', '-----BEGIN OPENSSH PRIVATE KEY-----\nb3Blb\n-----END OPENSSH PRIVATE KEY-----', /OpenSSH/],
    ['two keys', `${pem}${pkcs8(ec.privateKey)}`, /several private keys/],
    ['a public JWK', JSON.stringify(ec.publicKey.export({ format: 'jwk' })), /is a public JWK/],
    ['a set with two JWKs', `{"keys":[${jwk},${jwk}]}`, /a set of 2 keys/],
    ['base64 of something else', base64('canary canary canary'), /neither PEM nor a JWK/],
    ['a path', '/run/secrets/okta_key', /neither PEM nor a JWK/],
  ];

  test.each(refused)('%s', (_title, text, says) => {
    const problem = clientKeyProblem(text) ?? '';
    expect(problem).toMatch(says);
    expect(problem).not.toContain('canary');
    expect(problem).not.toContain(pem.split('\n')[2] ?? 'never');
  });
});
