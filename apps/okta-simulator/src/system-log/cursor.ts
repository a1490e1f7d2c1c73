import { z } from 'zod';

import { OktaError } from '../http/errors.ts';

/** The start of the next page of a log query; opaque to clients. */
const cursorSchema = z.discriminatedUnion('mode', [
  /** All events persisted after `seq`, without an end. */
  z.strictObject({ mode: z.literal('polling'), seq: z.string().regex(/^\d+$/) }),
  /** The rest of a time span by `published`, after this event. */
  z.strictObject({
    mode: z.literal('bounded'),
    since: z.iso.datetime(),
    until: z.iso.datetime(),
    published: z.iso.datetime(),
    seq: z.string().regex(/^\d+$/),
  }),
]);

export type Cursor = z.infer<typeof cursorSchema>;

export function writeCursor(cursor: Cursor): string {
  return Buffer.from(JSON.stringify(cursor)).toString('base64url');
}

/** @throws OktaError E0000029 if the text is not from a `next` link */
export function readCursor(text: string): Cursor {
  try {
    return cursorSchema.parse(JSON.parse(Buffer.from(text, 'base64url').toString('utf8')));
  } catch (cause) {
    throw new OktaError('E0000029', { cause });
  }
}
