import { UnreadableFile } from './raw-row.ts';

/**
 * Decodes bytes as text, without the byte order mark.
 * @throws UnreadableFile unless it is UTF-8, naming the encoding that it seems to be in, and the place
 */
export async function* decodeText(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  const decoder = createDecoder();
  for await (const chunk of withWholeMark(chunks)) yield decoder.take(chunk);
  yield decoder.end();
}

/** The first chunk has four bytes at least, where the file has. */
async function* withWholeMark(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let head = Buffer.alloc(0);
  let isWhole = false;
  for await (const chunk of chunks) {
    head = isWhole ? Buffer.from(chunk) : Buffer.concat([head, chunk]);
    if (!isWhole && head.length < 4) continue;
    if (!isWhole) refuseUtf16(head);
    isWhole = true;
    yield head;
  }
  if (!isWhole) yield head;
}

/** Known by its mark, or by the NULs in its first two characters: those of a file are ASCII. */
function refuseUtf16([first, second, third, fourth]: Uint8Array): void {
  const hasMark = (first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff);
  const isLittleEndian = first !== 0 && second === 0 && third !== 0 && fourth === 0;
  const isBigEndian = first === 0 && second !== 0 && third === 0 && fourth !== 0;
  if (hasMark || isLittleEndian || isBigEndian) throw new UnreadableFile({ field: 'file', code: 'utf16' });
}

function createDecoder(): { take: (bytes: Uint8Array) => string; end: () => string } {
  const strict = new TextDecoder('utf-8', { fatal: true });
  /** Reads the same, and replaces what is no UTF-8: what it has before that is the place. */
  const lenient = new TextDecoder('utf-8');
  let line = 1;
  let column = 1;
  const advance = (text: string): void => {
    const lines = text.split('\n');
    column = lines.length === 1 ? column + text.length : (lines.at(-1) ?? '').length + 1;
    line += lines.length - 1;
  };
  const refuse = (before: string, code: string): never => {
    advance(before);
    throw new UnreadableFile({ field: `line ${line}, column ${column}`, code });
  };
  return {
    take: (bytes) => {
      const readable = lenient.decode(bytes, { stream: true });
      const text = orNull(() => strict.decode(bytes, { stream: true }));
      if (text === null) return refuse(readable.split('\uFFFD', 1)[0] ?? '', 'single_byte');
      const nul = text.indexOf('\0');
      if (nul >= 0) return refuse(text.slice(0, nul), 'binary');
      advance(text);
      return text;
    },
    // Only a part of a character can be left.
    end: () => orNull(() => strict.decode()) ?? refuse('', 'not_utf8'),
  };
}

function orNull(decode: () => string): string | null {
  try {
    return decode();
  } catch {
    return null;
  }
}
