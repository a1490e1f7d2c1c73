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
  code: text,
  problems: z.array(problem).catch([]).default([]),
});

/** The API's problems that speak of HTTP, in the terms of a command line. */
const inTermsOfCommands: Readonly<Record<string, string>> = {
  unauthorized: 'The API key is missing or not accepted. Set a valid one in KEYCOURIER_API_KEY.',
  not_found:
    'There is nothing with this id or name. keycourier list, flows, keys, connections, people and hub show what exists.',
  method_not_allowed: 'The API does not know this command. It may be of another version: see keycourier --version.',
  unsupported_media_type: 'The API does not read this format. It may be of another version: see keycourier --version.',
  too_large: 'The file is too large for the API. Split it.',
  idempotency_key_reused: 'This --idempotency-key was already used for another request. Use a new one.',
  no_hub:
    'The tenant has no hub, or the hub no service app yet: keycourier hub create <url> names the hub, keycourier hub app <client id> its app.',
  hub_exists: 'The tenant has a hub: keycourier hub shows it, keycourier hub remove ends it.',
  hub_in_config: 'keycourier.yaml names the hub of this tenant. Change it there.',
  group_is_pushed: 'The group is pushed already: keycourier hub groups lists it.',
  internal: 'The service failed, and logged why. Try again; the same batch file never orders twice.',
  unavailable: 'The service cannot answer at the moment. Try again; the same batch file never orders twice.',
};

/**
 * The error for an answer without success, with the API's own message where it fits a command line.
 * @param notFound what is said of a 404 of the API
 */
export function errorOf(status: number, body: unknown, notFound?: string): CliError {
  const parsed = problemJson.safeParse(body);
  const { code, title, detail, problems } = parsed.success
    ? parsed.data
    : { code: null, title: null, detail: null, problems: [] };
  const described = [title, detail].filter((part) => part !== null && part !== undefined).join(': ');
  const inTerms = code === 'not_found' && notFound !== undefined ? notFound : inTermsOfCommands[code ?? ''];
  const message = inTerms ?? (described === '' ? unexplained(status) : described);
  return new CliError(codeOf(status), message, {
    problems: problems.filter((one) => !message.includes(one.message)),
    ...(parsed.success ? { problem: body } : {}),
  });
}

/** An answer that is not from keycourier, but from something before it, or at a wrong address. */
function unexplained(status: number): string {
  if (status >= 300 && status < 400) return 'This address redirects to another. Set the URL that it redirects to.';
  if (status === 401 || status === 403) return 'Something before the API, such as a proxy, denies access.';
  if (status === 404) return 'There is no keycourier API at this address. Check the URL.';
  if (status === 413) return 'Something before the API, such as a proxy, does not take a file of this size.';
  if (isUnavailable(status)) return 'The API is not available at the moment. Try again later.';
  return 'The answer is not from a keycourier API. Check the URL.';
}

function codeOf(status: number): CliErrorCode {
  if (status === 401 || status === 403) return 'unauthorized';
  return isUnavailable(status) ? 'unreachable' : 'refused';
}

/** Trying again later may succeed. */
const isUnavailable = (status: number): boolean => [429, 502, 503, 504].includes(status);
