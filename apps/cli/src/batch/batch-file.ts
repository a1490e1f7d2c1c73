import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import { extname } from 'node:path';
import { pipeline } from 'node:stream/promises';

import { CliError } from '../errors.ts';

export type BatchFormat = 'csv' | 'json';

/** A file of rows on disk; it is never held in memory. */
export interface BatchFile {
  path: string;
  format: BatchFormat;
  sizeBytes: number;
  /** SHA-256 in hex. */
  digest: string;
  /** A JSON file that is a bare list; the API expects it inside an object. */
  isBareList: boolean;
}

/** @throws CliError `file_unreadable`, or `usage` for an unknown format */
export async function inspectBatchFile(path: string, chosen: BatchFormat | undefined): Promise<BatchFile> {
  const format = chosen ?? formatOf(path);
  try {
    const { size } = await stat(path);
    const isBareList = format === 'json' && (await firstCharacter(path)) === '[';
    const hash = createHash('sha256');
    await pipeline(createReadStream(path), hash);
    return { path, format, sizeBytes: size, digest: hash.digest('hex'), isBareList };
  } catch (cause) {
    throw new CliError('file_unreadable', `${path} cannot be read`, { cause });
  }
}

function formatOf(path: string): BatchFormat {
  const extension = extname(path).toLowerCase();
  if (extension === '.csv') return 'csv';
  if (extension === '.json') return 'json';
  throw new CliError('usage', `Unknown format of ${path}: add --format csv or --format json`);
}

async function firstCharacter(path: string): Promise<string> {
  const file = await open(path);
  try {
    const { buffer, bytesRead } = await file.read({ buffer: Buffer.alloc(1_024), position: 0 });
    return buffer
      .toString('utf8', 0, bytesRead)
      .replace(/^\uFEFF/, '')
      .trimStart()
      .slice(0, 1);
  } finally {
    await file.close();
  }
}

/** The request body for the file; `onRead` receives the size of each chunk. */
export async function* bytesOf(file: BatchFile, onRead: (bytes: number) => void): AsyncGenerator<Uint8Array> {
  if (file.isBareList) yield Buffer.from('{"rows":');
  for await (const chunk of createReadStream(file.path)) {
    const bytes = Buffer.from(chunk);
    yield bytes;
    onRead(bytes.length);
  }
  if (file.isBareList) yield Buffer.from('}');
}
