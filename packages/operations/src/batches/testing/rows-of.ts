import { decodeText } from '../decode-text.ts';
import type { OpenText, RawRow } from '../raw-row.ts';

type Reader = (open: OpenText) => AsyncIterable<readonly RawRow[]>;

/** All rows of a file that arrives in chunks of `size` bytes. */
export async function rowsOf(read: Reader, file: string | Uint8Array, size = 1_000): Promise<RawRow[]> {
  const rows: RawRow[] = [];
  for await (const some of read(() => decodeText(inChunks(Buffer.from(file), size)))) rows.push(...some);
  return rows;
}

async function* inChunks(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let start = 0; start < bytes.length; start += size) yield bytes.subarray(start, start + size);
}

/** The fields of all rows. */
export const fieldsOf = async (read: Reader, file: string | Uint8Array, size?: number): Promise<unknown[]> =>
  (await rowsOf(read, file, size)).map(({ fields }) => fields);

export interface Source {
  text: AsyncIterable<string>;
  /** How many characters have been read. */
  taken: () => number;
}

/** A file generated on demand: `head`, then `line` repeated. */
export function endlessFile(head: string, line: string, lines: number): Source {
  let taken = 0;
  const piece = line.repeat(100);
  async function* text(): AsyncGenerator<string> {
    yield head;
    for (let count = 0; count < lines; count += 100) {
      taken += piece.length;
      yield piece;
    }
  }
  return { text: text(), taken: () => taken };
}
