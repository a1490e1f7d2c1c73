import { readFileSync } from 'node:fs';
import type { IncomingHttpHeaders } from 'node:http';

import { z } from 'zod';

const captureSchema = z.object({
  name: z.string(),
  client: z.enum(['any', 'template', 'wizard']),
  method: z.string(),
  target: z.string(),
  body: z.string().optional(),
});

const file = z
  .object({
    headers: z.record(z.string(), z.string()),
    contentType: z.string(),
    requests: z.array(captureSchema),
  })
  .parse(
    JSON.parse(readFileSync(new URL('../../src/testing/captures/okta-scim-requests.json', import.meta.url), 'utf8')),
  );

const text = String.raw`(?:[^"\\]|\\.)*`;
const member = `\\{"value":"${text}","display":"${text}"\\}`;
const remove = String.raw`\{"op":"remove","path":"members\[value eq \\"[\w-]+\\"\]"\}`;
const typed = `\\{"type":"${text}","value":"${text}"\\}`;

const placeholders: Readonly<Record<string, string>> = {
  text,
  id: String.raw`[\w-]+`,
  number: String.raw`[1-9]\d*`,
  boolean: 'true|false',
  encoded: "[\\w.!~*'()%-]+",
  members: `${member}(?:,${member})*`,
  removes: `${remove}(?:,${remove})*`,
  typed: `${typed}(?:,${typed})*`,
};

/** Compiles the text of a capture: everything outside of marks must be there letter by letter. */
function compile(capture: string): RegExp {
  const escaped = capture.replaceAll(/[$()*+.?[\\\]^{|}]/g, String.raw`\$&`);
  const source = escaped
    .replaceAll(/\\\{\\\{(\w+)\\\}\\\}/g, (_whole, name: string) => `(?:${placeholders[name]})`)
    .replaceAll('<<', '(?:')
    .replaceAll('>>', ')?');
  return new RegExp(`^${source}$`);
}

const captures = file.requests.map((capture) => ({
  ...capture,
  target: compile(capture.target),
  pattern: capture.body === undefined || capture.body === 'own answer' ? undefined : compile(capture.body),
}));

export interface SentRequest {
  method: string;
  /** Path and query below the base URL, as sent. */
  target: string;
  headers: IncomingHttpHeaders;
  text: string;
}

/** What Node adds by itself. */
const transport = new Set(['host', 'connection', 'content-length', 'transfer-encoding']);

function headerFaults({ headers, text: body }: SentRequest, authorization: string): string[] {
  const expected: Record<string, string> = { ...file.headers, authorization };
  if (body !== '') expected['content-type'] = file.contentType;
  const sent = Object.entries(headers).filter(([name]) => !transport.has(name));
  const surplus = sent
    .filter(([name]) => !(name in expected))
    .map(([name]) => `the header ${name} is not sent by Okta`);
  const wrong = Object.entries(expected).filter(([name, value]) => headers[name] !== value);
  return [...surplus, ...wrong.map(([name]) => `the header ${name} is ${String(headers[name])}`)];
}

/** What in a request differs from all captures; the name of the capture if there is one. */
export function judgeRequest(
  request: SentRequest,
  { authorization, client }: { authorization: string; client: 'template' | 'wizard' },
): { name: string | undefined; faults: string[] } {
  const alike = captures.filter(
    (capture) =>
      capture.method === request.method &&
      capture.target.test(request.target) &&
      (capture.client === 'any' || capture.client === client),
  );
  const match = alike.find(({ body, pattern }) =>
    pattern === undefined ? (body === undefined) === (request.text === '') : pattern.test(request.text),
  );
  const unknown = `${request.method} ${request.target} is no request of Okta's ${client} apps: ${request.text}`;
  return {
    name: match?.name,
    faults: [...headerFaults(request, authorization), ...(match === undefined ? [unknown] : [])],
  };
}
