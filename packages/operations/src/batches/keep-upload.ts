import { createCipheriv, createDecipheriv, createHash, randomBytes, randomUUID } from 'node:crypto';
import { open, unlink, writeFile, type FileHandle } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

import type { UploadPlace } from './upload-shares.ts';

/** A body that was received whole. */
export interface Upload {
  /** In hexadecimal. */
  sha256: string;
  kept: KeptBody;
  discard: () => Promise<void>;
}

/** Where the body is. It can be sent to a thread: its file is transferred, and then the thread's to close. */
export type KeptBody =
  | { in: 'memory'; bytes: Uint8Array }
  | { in: 'file'; file: FileHandle; key: Uint8Array; iv: Uint8Array };

/** Most files are smaller, and those that a flood begins and never ends: they cost the disk nothing. */
const maxBytesInMemory = 65_536;

/**
 * Receives a whole body before it is processed, so that a slow sender holds no transaction and no lock. Beyond 64 KiB, it is
 * stored in an unlinked file, which vanishes with the process, encrypted with a key in memory because it contains personal data.
 * @throws ShareError when the tenant's files take too much space
 */
export async function keepUpload(body: Readable, place: UploadPlace): Promise<Upload> {
  const hash = createHash('sha256');
  async function* receive(): AsyncGenerator<Buffer> {
    for await (const chunk of body) {
      const bytes = Buffer.from(chunk);
      place.take(bytes.length);
      hash.update(bytes);
      yield bytes;
    }
  }
  const received = receive();
  const { head, isWhole } = await readHead(received);
  // Not a part of Node's pool, which would be copied whole with it to a thread.
  const kept: KeptBody = isWhole
    ? { in: 'memory', bytes: new Uint8Array(Buffer.concat(head)) }
    : await inFile(head, received);
  return {
    sha256: hash.digest('hex'),
    kept,
    discard: async () => {
      if (kept.in === 'file') await kept.file.close();
    },
  };
}

async function readHead(received: AsyncGenerator<Buffer>): Promise<{ head: readonly Buffer[]; isWhole: boolean }> {
  const head: Buffer[] = [];
  let bytes = 0;
  while (bytes <= maxBytesInMemory) {
    const next = await received.next();
    if (next.done === true) return { head, isWhole: true };
    head.push(next.value);
    bytes += next.value.length;
  }
  return { head, isWhole: false };
}

async function inFile(head: readonly Buffer[], rest: AsyncGenerator<Buffer>): Promise<KeptBody> {
  const file = await openUnlinked();
  const key = randomBytes(32);
  const iv = randomBytes(16);
  async function* all(): AsyncGenerator<Buffer> {
    yield* head;
    yield* rest;
  }
  try {
    await pipeline(all, createCipheriv('aes-256-ctr', key, iv), (sealed) => writeFile(file, sealed));
  } catch (error) {
    await file.close();
    throw error;
  }
  return { in: 'file', file, key, iv };
}

/** Reads a body as often as it is opened, until it is closed, which also ends readers that have not come to its end. */
export interface BodyReader {
  open: () => Readable;
  close: () => Promise<void>;
}

export function readBody(kept: KeptBody): BodyReader {
  if (kept.in === 'memory')
    return { open: () => Readable.from([kept.bytes], { objectMode: false }), close: async () => undefined };
  const { file, key, iv } = kept;
  const readers: Readable[] = [];
  return {
    open: () => {
      const decipher = createDecipheriv('aes-256-ctr', key, iv);
      readers.push(decipher);
      // The pipeline passes an error of the file to the decipher, so the reader gets it.
      pipeline(file.createReadStream({ start: 0, autoClose: false }), decipher).catch(() => undefined);
      return decipher;
    },
    close: async () => {
      // A file with an active reader does not close.
      for (const reader of readers) reader.destroy();
      await file.close();
    },
  };
}

async function openUnlinked(): Promise<FileHandle> {
  const path = join(tmpdir(), `keycourier-upload-${randomUUID()}`);
  const file = await open(path, 'wx+', 0o600);
  await unlink(path);
  return file;
}
