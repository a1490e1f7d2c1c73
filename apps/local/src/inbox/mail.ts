import PostalMime, { type Address, type Header, type Mailbox } from 'postal-mime';

/** A received mail in the format of maildev's `GET /email`. */
export interface Mail {
  id: string;
  from: readonly Correspondent[];
  to: readonly Correspondent[];
  cc: readonly Correspondent[];
  subject: string;
  /** Empty if the mail has no such part. */
  text: string;
  html: string;
  /** As sent, with angle brackets; empty if the mail has none. */
  messageId: string;
  /** The mail's `Date` in ISO 8601, or the time of receipt if it has none. */
  date: string;
  receivedAt: string;
  /** By lower-case name; an array for a header that occurs more than once. */
  headers: Readonly<Record<string, string | readonly string[]>>;
  /** The sender and recipients of the SMTP session: the headers do not show blind copies. */
  envelope: Envelope;
}

export interface Correspondent {
  address: string;
  name: string;
}

export interface Envelope {
  from: string;
  to: readonly string[];
}

const traceHeaders = { from: 'Return-Path', to: 'Delivered-To' } as const;

/** Adds the envelope in the headers that a mail server adds at final delivery (RFC 5321, section 4.4). */
export function addEnvelope(message: Buffer, envelope: Envelope): Buffer {
  const lines = [
    `${traceHeaders.from}: <${envelope.from}>`,
    ...envelope.to.map((address) => `${traceHeaders.to}: ${address}`),
  ];
  return Buffer.concat([Buffer.from(lines.map((line) => `${line}\r\n`).join('')), message]);
}

/** Parses a message with the headers of `addEnvelope`; rejects if its headers are too large. */
export async function readMail(message: Buffer, received: { id: string; at: Date }): Promise<Mail> {
  const email = await PostalMime.parse(message, { maxHeadersSize: 256 * 1_024 });
  const receivedAt = received.at.toISOString();
  const values = (name: string): string[] =>
    email.headers.filter(({ key }) => key === name.toLowerCase()).map(({ value }) => value);
  return {
    id: received.id,
    from: correspondents(email.from === undefined ? [] : [email.from]),
    to: correspondents(email.to ?? []),
    cc: correspondents(email.cc ?? []),
    subject: email.subject ?? '',
    text: email.text ?? '',
    html: email.html ?? '',
    messageId: email.messageId ?? '',
    date: email.date ?? receivedAt,
    receivedAt,
    headers: groupHeaders(email.headers),
    envelope: { from: (values(traceHeaders.from)[0] ?? '').replace(/^<|>$/g, ''), to: values(traceHeaders.to) },
  };
}

function correspondents(addresses: readonly Address[]): Correspondent[] {
  return addresses
    .flatMap((one): Mailbox[] => (one.group === undefined ? [one] : one.group))
    .map(({ address, name }) => ({ address, name }));
}

function groupHeaders(headers: readonly Header[]): Record<string, string | string[]> {
  const grouped = new Map<string, string[]>();
  for (const { key, value } of headers) grouped.set(key, [...(grouped.get(key) ?? []), value]);
  return Object.fromEntries(
    [...grouped].map(([key, values]) => [key, values.length === 1 ? (values[0] ?? '') : values]),
  );
}
