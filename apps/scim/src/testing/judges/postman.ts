import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import vm from 'node:vm';

import { z } from 'zod';

const requestSchema = z.looseObject({
  name: z.string(),
  request: z.looseObject({
    method: z.string(),
    url: z.looseObject({ raw: z.string() }),
    header: z.array(z.looseObject({ key: z.string(), value: z.string() })).default([]),
    body: z.looseObject({ raw: z.string().default('') }).optional(),
  }),
  event: z
    .array(z.looseObject({ listen: z.string(), script: z.looseObject({ exec: z.array(z.string()) }) }))
    .default([]),
});

type Item = z.infer<typeof requestSchema> | { name: string; item: Item[] };

const itemSchema: z.ZodType<Item> = z.union([
  requestSchema,
  z.looseObject({ name: z.string(), item: z.lazy(() => itemSchema.array()) }),
]);

/** One of a collection's expectations, by the number of its request, and what it did not meet; null where it holds. */
export interface PostmanVerdict {
  expectation: string;
  fault: string | null;
  /** Of the answer. */
  status: number;
}

interface Request extends z.infer<typeof requestSchema> {
  number: number;
}

/** Reads a collection that Postman has exported. */
export function readPostman(file: URL): readonly Request[] {
  const { item } = z.looseObject({ item: itemSchema.array() }).parse(JSON.parse(readFileSync(file, 'utf8')));
  return item.flatMap(flatten).map((request, index) => ({ ...request, number: index + 1 }));
}

const flatten = (item: Item): z.infer<typeof requestSchema>[] =>
  'item' in item && Array.isArray(item.item) ? item.item.flatMap(flatten) : [requestSchema.parse(item)];

interface Reply {
  status: number;
  text: string;
}

const fill = (text: string, variables: ReadonlyMap<string, string>): string =>
  text.replaceAll(/\{\{(\w+)\}\}/g, (whole, name: string) => variables.get(name) ?? whole);

async function send({ request }: Request, variables: ReadonlyMap<string, string>): Promise<Reply> {
  const { body, header, method, url } = request;
  const headers = header.map(({ key, value }): [string, string] => [key, fill(value, variables)]);
  const hasBody = method !== 'GET' && body !== undefined && body.raw !== '';
  const answer = await fetch(fill(url.raw, variables), {
    method,
    headers: [...headers, ['authorization', `Bearer ${variables.get('token')}`]],
    body: hasBody ? fill(body.raw, variables) : null,
  });
  return { status: answer.status, text: await answer.text() };
}

/** The part of Postman's own API that the collection uses. */
function apiOf({ status, text }: Reply, variables: Map<string, string>, verdicts: Map<string, string | null>) {
  const set = (name: string, value: unknown): void => {
    if (typeof value === 'string') variables.set(name, value);
  };
  const expect = (actual: unknown) => ({
    to: {
      eql: (expected: unknown) => assert.deepEqual(JSON.parse(JSON.stringify(actual ?? null)), plain(expected)),
      include: (expected: string) => assert(String(actual).includes(expected), `no ${expected}`),
      not: { include: (expected: string) => assert(!String(actual).includes(expected), `has ${expected}`) },
    },
  });
  const test = (name: string, run: () => void): void => {
    try {
      run();
      verdicts.set(name, null);
    } catch (error) {
      verdicts.set(name, String(error));
    }
  };
  const response = {
    text: () => text,
    json: (): unknown => JSON.parse(text),
    to: { have: { status: (expected: number) => assert.equal(status, expected) } },
  };
  const environment = { get: (name: string) => variables.get(name), set };
  return { pm: { test, expect, response, environment }, postman: { setEnvironmentVariable: set }, responseBody: text };
}

/** What a script made is of another realm, and equals nothing of ours. */
const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

function judge(request: Request, reply: Reply, variables: Map<string, string>): Map<string, string | null> {
  const verdicts = new Map<string, string | null>();
  const scripts = request.event.filter(({ listen }) => listen === 'test').map(({ script }) => script.exec.join('\n'));
  try {
    for (const script of scripts)
      vm.runInNewContext(script, apiOf(reply, variables, verdicts), { filename: request.name });
  } catch (error) {
    verdicts.set('the script runs', String(error));
  }
  // Most requests without an expectation are there to change something.
  if (verdicts.size === 0) verdicts.set('succeeds', reply.status < 300 ? null : `${reply.status} ${reply.text}`);
  return verdicts;
}

/** Sends every request in order, unchanged, and judges each answer by the collection's own scripts. */
export async function replayPostman(
  requests: readonly Request[],
  values: Readonly<Record<string, string>>,
): Promise<PostmanVerdict[]> {
  const variables = new Map(Object.entries(values));
  const verdicts: PostmanVerdict[] = [];
  for (const request of requests) {
    const reply = await send(request, variables);
    assert(reply.status < 500, `${request.name} was answered ${reply.status}`);
    for (const [name, fault] of judge(request, reply, variables))
      verdicts.push({ expectation: `${request.number} ${request.name}: ${name}`, fault, status: reply.status });
  }
  return verdicts;
}
