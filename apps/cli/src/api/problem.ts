import { z } from 'zod';

import { CliError, type CliErrorCode, type Problem } from '../errors.ts';

const text = z.string().nullish().catch(null);

export const problem = z
  .looseObject({ field: text, code: text, message: text, suggestion: z.unknown().optional() })
  .transform(({ field, code, message, suggestion, ...rest }): Problem => ({
    ...rest,
    field: field ?? '',
    code: code ?? '',
    message: message ?? code ?? '',
    ...(suggestion === undefined || suggestion === null ? {} : { suggestion: asText(suggestion) }),
  }));

const asText = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value));

/** RFC 9457. */
const problemJson = z.looseObject({
  title: text,
  detail: text,
  problems: z.array(problem).catch([]).default([]),
});

/** The error for an answer without success, with the API's own message. */
export function errorOf(status: number, body: unknown): CliError {
  const parsed = problemJson.safeParse(body);
  const { title, detail, problems } = parsed.success ? parsed.data : { title: null, detail: null, problems: [] };
  const described = [title, detail].filter((part) => part !== null && part !== undefined).join(': ');
  const message = described === '' ? `The API answered ${status}` : described;
  return new CliError(codeOf(status), message, {
    problems: problems.filter((one) => !message.includes(one.message)),
    ...(parsed.success ? { problem: body } : {}),
  });
}

function codeOf(status: number): CliErrorCode {
  if (status === 401 || status === 403) return 'unauthorized';
  return status === 502 || status === 503 || status === 504 ? 'unreachable' : 'refused';
}
