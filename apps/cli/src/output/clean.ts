import { stripVTControlCharacters } from 'node:util';

/**
 * A value as one line that can be shown. What others wrote (a login, a note, a message) must not move the cursor, hide
 * text or begin a line of its own.
 */
export function clean(text: string): string {
  return stripVTControlCharacters(text)
    .replace(/\s+/g, ' ')
    .replace(/[\p{Cc}\p{Bidi_Control}]/gu, '')
    .trim();
}

/** Lines of ours: colours stay, other control characters go. */
export function cleanLines(text: string): string {
  // oxlint-disable-next-line no-control-regex -- the escape of a colour is what may stay
  return text.replace(/(\u001B\[\d+(?:;\d+)*m)|[^\P{Cc}\n]/gu, '$1');
}
