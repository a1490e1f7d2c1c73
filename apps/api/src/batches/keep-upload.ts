import { createCipheriv, createDecipheriv, createHash, randomBytes, randomUUID } from 'node:crypto';
import { open, unlink, writeFile, type FileHandle } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

import type { UploadPlace } from './upload-shares.ts';

export interface Upload {
  /** In hexadecimal. */
  sha256: string;
  open: () => Readable;
  discard: () => Promise<void>;
}

/**
 * Receives a whole body before it is processed, so that a slow sender holds no transaction and no lock. It is stored in an
 * unlinked file, which vanishes with the process, encrypted with a key in memory because it contains personal data.
 * @throws ShareError when the tenant's files take too much space
 */
export async function keepUpload(body: Readable, place: UploadPlace): Promise<Upload> {
  const file = await openUnlinked();
  const key = randomBytes(32);
  const iv = randomBytes(16);
  const hash = createHash('sha256');
  async function* hashed(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
    for await (const chunk of chunks) {
      place.take(chunk.length);
      hash.update(chunk);
      yield chunk;
    }
  }
  try {
    const cipher = createCipheriv('aes-256-ctr', key, iv);
    await pipeline(body, hashed, cipher, (sealed) => writeFile(file, sealed));
  } catch (error) {
    await file.close();
    throw error;
  }
  const readers: Readable[] = [];
  return {
    sha256: hash.digest('hex'),
    open: () => {
      const decipher = createDecipheriv('aes-256-ctr', key, iv);
      readers.push(decipher);
      // The pipeline passes an error of the file to the decipher, so the reader gets it.
      pipeline(file.createReadStream({ start: 0, autoClose: false }), decipher).catch(() => undefined);
      return decipher;
    },
    discard: async () => {
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
