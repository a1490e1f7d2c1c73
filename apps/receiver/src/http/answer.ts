import { STATUS_CODES } from 'node:http';

/** What a handler says; send.ts alone turns it into a response. */
export interface Answer {
  status: number;
  /** Absent: no content. From 400 on it is a problem (RFC 9457). */
  body?: Readonly<Record<string, unknown>>;
  headers?: Readonly<Record<string, string>>;
}

/** `detail` is made of our own words: nothing that was sent comes back in it. */
export function problem(status: number, detail: string, headers: Answer['headers'] = {}): Answer {
  const title = STATUS_CODES[status] ?? 'Error';
  return { status, body: { type: 'about:blank', title, status, detail }, headers };
}
