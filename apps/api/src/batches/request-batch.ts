import { z } from 'zod';

import type { Caller } from '../access/find-caller.ts';
import type { Context } from '../context.ts';
import { refuse, type Answer } from '../http/answer.ts';
import { json, type Endpoint } from '../http/contract.ts';
import { answerToBodyError, BodyError } from '../http/open-body.ts';
import { streamRoute } from '../http/parse-request.ts';
import { answerOnce } from '../idempotency/answer-once.ts';
import { flag } from '../shipments/query-fields.ts';
import { batchBody, bodyExample, csvExample, report, reportExample } from './batch-schema.ts';
import { createBatch } from './create-batch.ts';
import { decodeText } from './decode-text.ts';
import { keepUpload, type Upload } from './keep-upload.ts';
import { mostMebibytes } from './limits.ts';
import type { RawRow } from './raw-row.ts';
import { readCsv } from './read-csv.ts';
import { readJson } from './read-json.ts';
import { answerToUnreadable, UnreadableFile } from './unreadable-file.ts';

const query = z.strictObject({
  dryRun: flag.meta({ description: 'Rehearse: check every row, and order nothing' }),
});

type Read = (text: AsyncIterable<string>) => AsyncIterable<RawRow>;

const readers: Readonly<Record<string, Read>> = { 'application/json': readJson, 'text/csv': readCsv };

/** Asks for many keys. Rows that cannot be used are told, the others are open: all of it is committed, or nothing. */
export const requestBatch: Endpoint = {
  contract: {
    name: 'requestBatch',
    summary: 'Ask for many keys',
    description:
      'Up to 50,000 rows, as JSON or as CSV in UTF-8 with a header of the same names; `,`, `;` and tabs separate. A cell without anything in it is a field that is not given. Each row is as a request for one shipment, with the attributes of its profile beside the rest. Rows that cannot be used are told by their numbers and the others are taken: all of them are kept when this answers, or none. What a person and their address are like is looked at afterwards: see the rows.',
    query,
    body: {
      isRequired: true,
      content: {
        ...json(batchBody, bodyExample),
        'text/csv': { schema: z.string(), example: csvExample },
      },
    },
    isOnce: true,
    answers: { 202: { description: 'What was taken of it', content: json(report, reportExample) } },
    refusals: ['too_large', 'unsupported_media_type'],
  },
  handler: streamRoute(query, async (context, caller, { query: { dryRun }, idempotencyKey, body: request }) => {
    const read = Object.hasOwn(readers, request.mediaType) ? readers[request.mediaType] : undefined;
    if (read === undefined)
      return refuse('unsupported_media_type', 'Send { "rows": [ … ] } as application/json, or a file as text/csv.');
    return answering(async () => {
      const upload = await keepUpload(request.openBody(mostMebibytes * 1_048_576));
      const asked = {
        idempotencyKey,
        route: `POST /v1/batches ${request.mediaType} dryRun=${dryRun}`,
        body: upload.sha256,
      };
      try {
        return await take(context, caller, upload, { read, dryRun, asked });
      } finally {
        await upload.discard();
      }
    });
  }),
};

async function take(
  context: Context,
  caller: Caller,
  upload: Upload,
  { read, dryRun, asked }: { read: Read; dryRun: boolean; asked: Parameters<typeof answerOnce>[2] },
): Promise<Answer> {
  return context.batchLimiter.take(caller.tenant.name, () =>
    answerOnce(context, caller, asked, (tx) =>
      createBatch(context, caller, tx, { rows: read(decodeText(upload.open())), dryRun }),
    ),
  );
}

/** What ends the reading of a file is thrown, so that its transaction ends too; here it becomes an answer. */
async function answering(work: () => Promise<Answer>): Promise<Answer> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof BodyError) return answerToBodyError(error, mostMebibytes);
    if (error instanceof UnreadableFile) return answerToUnreadable(error);
    throw error;
  }
}
