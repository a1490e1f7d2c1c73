import { createCipheriv, createDecipheriv, createHash, randomBytes, randomUUID } from 'node:crypto';
import { open, unlink, writeFile, type FileHandle } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

export interface Upload {
  /** Of the bytes, in hexadecimal. */
  sha256: string;
  open: () => Readable;
  discard: () => Promise<void>;
}

/**
 * Takes a body in at its sender's pace, so that a slow one keeps no transaction open and no lock. It waits in a file
 * without a name, which is gone with the process, under a key that never leaves memory: it holds people's names.
 */
export async function keepUpload(body: Readable): Promise<Upload> {
  const file = await openNameless();
  const key = randomBytes(32);
  const start = randomBytes(16);
  const hash = createHash('sha256');
  async function* hashed(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
    for await (const chunk of chunks) {
      hash.update(chunk);
      yield chunk;
    }
  }
  try {
    const cipher = createCipheriv('aes-256-ctr', key, start);
    await pipeline(body, hashed, cipher, (sealed) => writeFile(file, sealed));
  } catch (error) {
    await file.close();
    throw error;
  }
  const opened: Readable[] = [];
  return {
    sha256: hash.digest('hex'),
    open: () => {
      const decipher = createDecipheriv('aes-256-ctr', key, start);
      opened.push(decipher);
      // An error of the file is an error of the decipher, where the reader sees it.
      pipeline(file.createReadStream({ start: 0, autoClose: false }), decipher).catch(() => undefined);
      return decipher;
    },
    discard: async () => {
      // A file that is still read from does not close.
      for (const reading of opened) reading.destroy();
      await file.close();
    },
  };
}

async function openNameless(): Promise<FileHandle> {
  const path = join(tmpdir(), `keycourier-upload-${randomUUID()}`);
  const file = await open(path, 'wx+', 0o600);
  await unlink(path);
  return file;
}
