import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdtemp, open, rm, stat, type FileHandle } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { extname, join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

import { CliError } from '../errors.ts';

export type BatchFormat = 'csv' | 'json';

/** A file of rows on disk; it is never held in memory. */
export interface BatchFile {
  /** From its beginning, each time. */
  read: () => Readable;
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
    return await inspect(() => createReadStream(path), { format, sizeBytes: (await stat(path)).size });
  } catch (cause) {
    throw new CliError('file_unreadable', `${path} cannot be read`, { cause });
  }
}

/**
 * Keeps standard input in a file without a name, which is gone when this process is: its digest must be known before the
 * first byte is sent. By default its format is that of its first character.
 */
export async function withPipedFile<Result>(
  input: NodeJS.ReadableStream,
  chosen: BatchFormat | undefined,
  work: (file: BatchFile) => Promise<Result>,
): Promise<Result> {
  const file = await openNameless();
  try {
    for await (const chunk of input) await file.appendFile(chunk);
    const read = (): Readable => Readable.from(chunksOf(file));
    const format = chosen ?? (['{', '['].includes(await firstCharacter(read())) ? 'json' : 'csv');
    return await work(await inspect(read, { format, sizeBytes: (await file.stat()).size }));
  } finally {
    await file.close();
  }
}

async function openNameless(): Promise<FileHandle> {
  const folder = await mkdtemp(join(tmpdir(), 'keycourier-batch-'));
  try {
    return await open(join(folder, 'rows'), 'wx+', 0o600);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** By position: a stream of the handle would close it. */
async function* chunksOf(file: FileHandle): AsyncGenerator<Buffer> {
  for (let position = 0; ;) {
    const { buffer, bytesRead } = await file.read({ buffer: Buffer.alloc(65_536), position });
    if (bytesRead === 0) return;
    yield buffer.subarray(0, bytesRead);
    position += bytesRead;
  }
}

async function inspect(
  read: BatchFile['read'],
  { format, sizeBytes }: Pick<BatchFile, 'format' | 'sizeBytes'>,
): Promise<BatchFile> {
  const isBareList = format === 'json' && (await firstCharacter(read())) === '[';
  const hash = createHash('sha256');
  await pipeline(read(), hash);
  return { read, format, sizeBytes, digest: hash.digest('hex'), isBareList };
}

function formatOf(path: string): BatchFormat {
  const extension = extname(path).toLowerCase();
  if (extension === '.csv') return 'csv';
  if (extension === '.json') return 'json';
  throw new CliError('usage', `Unknown format of ${path}: add --format csv or --format json`);
}

/** After a byte order mark and white space; empty where there is none in the first part that is read. */
async function firstCharacter(stream: Readable): Promise<string> {
  for await (const chunk of stream) {
    const text = Buffer.from(chunk)
      .toString('utf8')
      .replace(/^\uFEFF/, '');
    return text.trimStart().slice(0, 1);
  }
  return '';
}

/** The request body for the file; `onRead` receives the size of each chunk. */
export async function* bytesOf(file: BatchFile, onRead: (bytes: number) => void): AsyncGenerator<Uint8Array> {
  if (file.isBareList) yield Buffer.from('{"rows":');
  for await (const chunk of file.read()) {
    const bytes = Buffer.from(chunk);
    yield bytes;
    onRead(bytes.length);
  }
  if (file.isBareList) yield Buffer.from('}');
}
