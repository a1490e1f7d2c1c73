import { UnreadableFile } from './raw-row.ts';

/**
 * Decodes bytes as text, without the byte order mark.
 * @throws UnreadableFile unless it is UTF-8. UTF-16 without its mark is recognised by its NULs.
 */
export async function* decodeText(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  const utf8 = new TextDecoder('utf-8', { fatal: true });
  for await (const chunk of chunks) yield read(() => utf8.decode(chunk, { stream: true }));
  yield read(() => utf8.decode());
}

function read(decode: () => string): string {
  try {
    const text = decode();
    if (!text.includes('\0')) return text;
  } catch {
    // The decoder's message adds nothing to the refusal.
  }
  throw new UnreadableFile({ field: 'file', code: 'not_utf8' });
}
