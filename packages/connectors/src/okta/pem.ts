/** A private key in PEM, repaired where it is certain what was meant; or why it is none. Neither quotes the text. */
export type Pem = { pem: string } | { problem: string };

export const isOneLine = (text: string): boolean => !text.includes('\n');

export const oneLineProblem =
  'is not a private key: its line breaks are missing or were replaced by other characters; write each as \\n, or use a file';

const block = /-----BEGIN ([A-Z0-9 ]+)-----([^]*?)-----END \1-----/g;

/** What a text holds instead of a private key, by the label of its PEM block. */
const otherLabels: readonly [label: RegExp, problem: string][] = [
  [/^ENCRYPTED PRIVATE KEY$/, 'is encrypted: store it without a passphrase, as `openssl pkey` writes it'],
  [/PUBLIC KEY$/, 'is a public key: the private one is needed'],
  [/^CERTIFICATE REQUEST$/, 'is a certificate request: the private key is needed'],
  [/CERTIFICATE$/, 'is a certificate: the private key is needed'],
  [/^OPENSSH PRIVATE KEY$/, 'is in OpenSSH format: convert it with `ssh-keygen -p -m PKCS8`'],
];

/**
 * The key of a PEM text as environment variables and secret stores keep it: with `\n` as two characters, with CRLF, or on
 * one line with spaces for line breaks. The label and the base64 text between its lines say all that is needed.
 */
export function readPem(text: string): Pem {
  const blocks = [...text.matchAll(block)].map(([, label = '', body = '']) => ({ label, body }));
  const [key, ...others] = blocks.filter(({ label }) => /^(?:RSA |EC )?PRIVATE KEY$/.test(label));
  if (key === undefined) return { problem: problemOf(text, blocks) };
  if (others.length > 0) return { problem: 'holds several private keys: leave the one that is registered' };
  if (/Proc-Type:[^]*ENCRYPTED/.test(key.body))
    return { problem: 'is encrypted: store it without a passphrase, as `openssl pkey` writes it' };
  const base64 = key.body.replaceAll(/\s/g, '');
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(base64))
    return { problem: isOneLine(text) ? oneLineProblem : 'has characters within that belong to no PEM' };
  const lines = base64.match(/.{1,64}/g) ?? [];
  return { pem: [`-----BEGIN ${key.label}-----`, ...lines, `-----END ${key.label}-----`, ''].join('\n') };
}

function problemOf(text: string, blocks: readonly { label: string }[]): string {
  const found = otherLabels.find(([label]) => blocks.some((one) => label.test(one.label)));
  if (found !== undefined) return found[1];
  if (blocks.length > 0) return 'is not a private key in PEM (PKCS#8)';
  const [, rest = ''] = /-----BEGIN [A-Z0-9 ]+-----([^]*)/.exec(text) ?? [];
  return rest.trim() === ''
    ? 'is the first line of a PEM alone: line breaks are missing; write each as \\n, or use a file'
    : 'is cut off: the line -----END …----- is missing';
}
