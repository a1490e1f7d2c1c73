import { UnreadableFile } from './unreadable-file.ts';

/**
 * Bytes as text, without the byte order mark.
 * @throws UnreadableFile for anything but UTF-8. Of UTF-16 without its mark, the NULs give it away.
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
    // The message would tell nothing that the refusal does not.
  }
  throw new UnreadableFile({ field: 'file', code: 'not_utf8' });
}
