import { bodyErrorReasons, type BodyError } from '@keycourier/runtime/http-body';

import { refuse, type Answer } from './answer.ts';

/** `tooLarge` says how large a body of this route may be. */
export function answerToBodyError({ code }: BodyError, tooLarge: string): Answer {
  switch (code) {
    case 'too_large':
      return refuse('too_large', tooLarge);
    case 'expands_too_much':
      return refuse('too_large', bodyErrorReasons[code]);
    case 'unknown_encoding':
      return refuse('unsupported_media_type', bodyErrorReasons[code]);
    case 'unreadable':
      return refuse('bad_request', bodyErrorReasons[code]);
  }
}
