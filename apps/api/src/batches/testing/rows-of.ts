import { decodeText } from '../decode-text.ts';
import type { RawRow } from '../raw-row.ts';

type Reader = (text: AsyncIterable<string>) => AsyncIterable<RawRow>;

/** All rows that a reader finds in a file, which arrives in pieces of `size` bytes. */
export async function rowsOf(read: Reader, file: string | Uint8Array, size = 1_000): Promise<RawRow[]> {
  const rows: RawRow[] = [];
  for await (const row of read(decodeText(inPieces(Buffer.from(file), size)))) rows.push(row);
  return rows;
}

async function* inPieces(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let start = 0; start < bytes.length; start += size) yield bytes.subarray(start, start + size);
}

/** Only what the rows hold. */
export const givenIn = async (read: Reader, file: string | Uint8Array, size?: number): Promise<unknown[]> =>
  (await rowsOf(read, file, size)).map(({ given }) => given);

export interface Source {
  text: AsyncIterable<string>;
  /** How many characters have been taken of it. */
  taken: () => number;
}

/** A file that is made as it is read: `line` again and again, behind `head`. */
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
