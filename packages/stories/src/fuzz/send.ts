import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { setTimeout } from 'node:timers/promises';

import type { FuzzInput } from './input.ts';

export interface Outcome {
  /** Of every answer on the connection, in their order. */
  statuses: readonly number[];
  /** Whether each 503 says when to retry. */
  isHonest: boolean;
  /** Whether each error has SCIM's form; those of the HTTP parser have no body. */
  isScim: boolean;
  /** From the last byte sent to the first one received; null without an answer. */
  waitMs: number | null;
}

/** How long a client waits for an answer: for longer than any machine needs for one that comes. */
const patienceMs = 60_000;
/** How long one waits that has sent no whole request, and any for more behind the first byte of an answer. */
const shortPatienceMs = 150;

/** With a body, which an answer to HEAD and one of the HTTP parser have not. */
const isErrorOfAnotherForm = /^HTTP\/1\.1 [45](?![^]*messages:2\.0:Error)[^]*?\r\n\r\n[^]/;
const statusLine = /HTTP\/1\.[01] (\d{3}) /g;

/** Writes an input on a connection of its own, and reads until the server closes it or the client has waited enough. */
export async function send(url: URL, { pieces, pauseMs, isWhole }: FuzzInput): Promise<Outcome> {
  const socket = connect(Number(url.port), url.hostname);
  let answer = '';
  let firstByteAtMs: number | null = null;
  socket.on('data', (chunk: Buffer) => {
    firstByteAtMs ??= performance.now();
    if (answer.length < 65_536) answer += chunk.toString('latin1');
  });
  const closed = new Promise<void>((resolve) => {
    // The server may close the connection while it is written on.
    socket.on('error', () => undefined).on('close', () => resolve());
  });
  const answered = once(socket, 'data').then(
    () => setTimeout(shortPatienceMs),
    () => closed,
  );
  for (const piece of pieces) {
    await write(socket, piece, closed);
    if (pauseMs > 0) await setTimeout(pauseMs);
  }
  const sentAtMs = performance.now();
  const leave = new AbortController();
  const patience = setTimeout(isWhole ? patienceMs : shortPatienceMs, undefined, { signal: leave.signal });
  await Promise.race([closed, answered, patience.catch(() => undefined)]);
  leave.abort();
  socket.destroy();
  const statuses = [...answer.matchAll(statusLine)].map(([, status]) => Number(status));
  const isHonest = !statuses.includes(503) || /\r\nretry-after: \d+\r\n/i.test(answer);
  const isScim = !isErrorOfAnotherForm.test(answer);
  return { statuses, isHonest, isScim, waitMs: firstByteAtMs === null ? null : Math.max(firstByteAtMs - sentAtMs, 0) };
}

async function write(socket: Socket, piece: Uint8Array, closed: Promise<void>): Promise<void> {
  if (socket.destroyed || !socket.writable) return;
  const written = new Promise<void>((resolve) => {
    socket.write(piece, () => resolve());
  });
  await Promise.race([written, closed]);
}
