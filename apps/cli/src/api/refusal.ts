import { z } from 'zod';

import { CliError, type CliErrorCode, type ToldProblem } from '../errors.ts';

const text = z.string().nullish().catch(null);

export const toldProblem = z
  .looseObject({ field: text, code: text, message: text, suggestion: z.unknown().optional() })
  .transform(({ field, code, message, suggestion, ...rest }): ToldProblem => ({
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
  problems: z.array(toldProblem).catch([]).default([]),
});

/** What an answer says that is no success, in the API's own words. */
export function refusalOf(status: number, body: unknown): CliError {
  const parsed = problemJson.safeParse(body);
  const { title, detail, problems } = parsed.success ? parsed.data : { title: null, detail: null, problems: [] };
  const words = [title, detail].filter((part) => part !== null && part !== undefined).join(': ');
  const message = words === '' ? `The API answered ${status}` : words;
  return new CliError(codeOf(status), message, {
    problems: problems.filter((problem) => !message.includes(problem.message)),
    ...(parsed.success ? { problem: body } : {}),
  });
}

function codeOf(status: number): CliErrorCode {
  if (status === 401 || status === 403) return 'unauthorized';
  return status === 502 || status === 503 || status === 504 ? 'unreachable' : 'refused';
}
