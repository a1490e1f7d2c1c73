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

/** All cursors of a generation can be revoked at once. */
export function writeCursor(cursor: Cursor, generation: number): string {
  return `${generation}.${Buffer.from(JSON.stringify(cursor)).toString('base64url')}`;
}

/** @throws OktaError E0000029 if the text is not from a `next` link, or from one of an earlier generation */
export function readCursor(text: string, generation: number): Cursor {
  const [, ofGeneration, encoded] = /^(\d+)\.([\w-]+)$/.exec(text) ?? [];
  if (encoded === undefined || Number(ofGeneration) !== generation) throw new OktaError('E0000029');
  try {
    return cursorSchema.parse(JSON.parse(Buffer.from(encoded, 'base64url').toString('utf8')));
  } catch (cause) {
    throw new OktaError('E0000029', { cause });
  }
}
