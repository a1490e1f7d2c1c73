import type { BodyError } from '@keycourier/runtime/http-body';

import { refuse, type Answer } from './answer.ts';

/** `tooLarge` says how large a body of this route may be. */
export function answerToBodyError({ code }: BodyError, tooLarge: string): Answer {
  switch (code) {
    case 'too_large':
      return refuse('too_large', tooLarge);
    case 'unknown_encoding':
      return refuse('unsupported_media_type', 'Send the body uncompressed, or compressed with gzip, deflate or br.');
    case 'unreadable':
      return refuse('bad_request', 'The body is incomplete, or not compressed as its Content-Encoding declares.');
  }
}
