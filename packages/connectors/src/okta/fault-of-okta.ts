import { ConnectorError, type Refusal } from '@keycourier/journey/ports/errors';
import { z } from 'zod';

import type { HttpAnswer } from '../http/exchange.ts';
import { faultOfAnswer, plainName } from '../http/fault-of-answer.ts';
import { challengeOf } from './challenge.ts';

const cause = z.looseObject({ errorSummary: z.string().nullish() });

/** Okta's error body. The preregistration calls are documented with `errorCauses` as a list and as one object. */
const errorBody = z.looseObject({
  errorCode: z.string(),
  errorSummary: z.string().nullish(),
  errorCauses: z
    .union([z.array(cause), cause.transform((one) => [one])])
    .nullish()
    .catch(null),
});

/**
 * A 403 because of a user's status, or because another system owns the user's profile. Read as `unauthorized`, one such user
 * would pause the whole tenant. Source: okta-developer-docs, error codes.
 */
const codesOfAUser = new Set(['E0000016', 'E0000023', 'E0000032', 'E0000038']);

/** The error for an answer of Okta that is no success. */
export function faultOfOkta(answer: HttpAnswer): ConnectorError {
  const body = errorBody.safeParse(answer.json);
  const code = body.success ? plainName(body.data.errorCode) : null;
  const challenge = challengeOf(answer);
  // A rejected proof is answered with 400, for any request.
  if (challenge !== null) {
    const what = [challenge.error, ...challenge.scopes].join(' ');
    return new ConnectorError({ service: 'okta', fault: 'unauthorized' }, `answered ${answer.status} (${what})`, {
      status: answer.status,
    });
  }
  // A 404 of a gateway, taken for Okta's, would make existing users look unknown.
  if (answer.status === 404 && code === null)
    return new ConnectorError({ service: 'okta', fault: 'outcome_unknown' }, 'answered 404, but not as Okta does', {
      status: 404,
    });
  const refusals = body.success ? refusalsOf(body.data) : [];
  if (answer.status === 403 && code !== null && codesOfAUser.has(code))
    return new ConnectorError({ service: 'okta', fault: 'refused' }, `answered 403 (${code})`, {
      status: 403,
      refusals,
    });
  return faultOfAnswer('okta', answer, refusals);
}

/** Summaries are prose and may quote values; only the names of fields are used. */
function refusalsOf(body: z.infer<typeof errorBody>): Refusal[] {
  const code = plainName(body.errorCode);
  if (code === null) return [];
  const fields = [
    fieldsAfterColon(body.errorSummary),
    (body.errorCauses ?? []).flatMap((one) => fieldBeforeColon(one.errorSummary)),
  ].flat();
  const found = [...new Set(fields)];
  return (found.length === 0 ? ['request'] : found).map((field) => ({ field, code }));
}

/** `Api validation failed: pinResponseJwe|webAuthnCredResponse`: the names after the colon. */
function fieldsAfterColon(summary: string | null | undefined): string[] {
  const [, list] = /^Api validation failed: ([\w.|[\]]+)$/.exec(summary ?? '') ?? [];
  return (list ?? '').split('|').flatMap((name) => plainName(name) ?? []);
}

/** `login: An object with this field already exists`: the name before the colon. */
function fieldBeforeColon(summary: string | null | undefined): string[] {
  const [, name] = /^([\w.[\]]+): /.exec(summary ?? '') ?? [];
  const plain = plainName(name);
  return plain === null ? [] : [plain];
}
