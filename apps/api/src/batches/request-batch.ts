import type { Answer } from '@keycourier/http/answer';
import { answerToBodyError } from '@keycourier/http/answer-to-body-error';
import { json } from '@keycourier/http/contract';
import type { PlainRequest } from '@keycourier/http/handler';
import { streamRoute } from '@keycourier/http/parse-request';
import { keepUpload } from '@keycourier/operations/batches/keep-upload';
import { maxMebibytes } from '@keycourier/operations/batches/limits';
import { BodyError } from '@keycourier/runtime/http-body';
import { z } from 'zod';

import type { Context } from '../context.ts';
import type { Caller, Endpoint } from '../endpoint.ts';
import { refuse } from '../problems.ts';
import { flag } from '../shipments/query-fields.ts';
import { batchBody, bodyExample, csvExample, report, reportExample } from './batch-schema.ts';
import { fileTypes, type FileType } from './batch-to-write.ts';
import { senderOf } from './sender-of.ts';

const query = z.strictObject({
  dryRun: flag.meta({ description: 'Dry run: check every row, order nothing' }),
});

/** Invalid rows are reported, the others become shipments; all of it is committed, or nothing. */
export const requestBatch: Endpoint = {
  contract: {
    name: 'requestBatch',
    locatedAt: '/v1/batches',
    summary: 'Request many keys',
    description:
      'Up to 50,000 rows, as JSON or as CSV. A CSV file is in UTF-8 with the field names in its header, in any case and with or without spaces and underscores; the separator is `,`, `;`, `|` or a tab, or what a first line such as `sep=;` names. Empty cells count as missing. Each row has the fields of a request for one shipment, with overridden attributes at the same level or, in JSON, in `profile`; a file with any of these needs the scope `addresses` too. Invalid rows are reported by number, the others are accepted: either all of this is stored, or nothing. Users and addresses are checked afterwards: see the rows of the batch.',
    query,
    body: {
      isRequired: true,
      content: {
        ...json(batchBody, bodyExample),
        'text/csv': { schema: z.string(), example: csvExample },
      },
    },
    isOnce: true,
    answers: { 202: { description: 'Accepted and rejected rows', content: json(report, reportExample) } },
    refusals: ['too_large', 'unsupported_media_type', 'overrides_forbidden'],
  },
  handler: streamRoute(query, async (context, caller, { query: { dryRun }, body: request }) => {
    const mediaType = fileTypes.find((known) => known === request.mediaType);
    if (mediaType === undefined)
      return refuse('unsupported_media_type', 'Send { "rows": [ … ] } as application/json, or a file as text/csv.');
    try {
      return await receiveFile(context, caller, { request, mediaType, dryRun });
    } catch (error) {
      if (error instanceof BodyError)
        return answerToBodyError(error, `A file may have at most ${maxMebibytes} MiB. Split it.`);
      throw error;
    }
  }),
};

interface ReceivedFile {
  request: PlainRequest;
  mediaType: FileType;
  dryRun: boolean;
}

async function receiveFile(
  context: Context,
  caller: Caller,
  { request, mediaType, dryRun }: ReceivedFile,
): Promise<Answer> {
  const place = context.uploads.enter(caller.tenant.name);
  try {
    const { sha256, kept, discard } = await keepUpload(request.streamBody(maxMebibytes * 1_048_576), place);
    const once = {
      apiKeyId: caller.apiKey.id,
      idempotencyKey: request.idempotencyKey,
      route: `POST /v1/batches ${mediaType} dryRun=${dryRun}`,
      body: sha256,
    };
    try {
      return await context.writeBatch({ kind: 'file', sender: senderOf(caller), once, mediaType, body: kept, dryRun });
    } finally {
      await discard();
    }
  } finally {
    place.leave();
  }
}
