import { stripVTControlCharacters } from 'node:util';

/**
 * A value as one printable line. Text from outside (a login, a note, a message) must not move the cursor, hide text or
 * start a new line.
 */
export function clean(text: string): string {
  return stripVTControlCharacters(text)
    .replace(/\s+/g, ' ')
    .replace(/[\p{Cc}\p{Bidi_Control}]/gu, '')
    .trim();
}

/** Removes control characters other than colours from our own lines. */
export function cleanLines(text: string): string {
  // oxlint-disable-next-line no-control-regex -- only the escapes of colours may stay
  return text.replace(/(\u001B\[\d+(?:;\d+)*m)|[^\P{Cc}\n]/gu, '$1');
}
