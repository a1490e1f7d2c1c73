import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';

import { until } from '@keycourier/runtime/testing/until';
import { z } from 'zod';

import { judgeRequest, type SentRequest } from './scim-captures.ts';

type Resource = Record<string, unknown> & { id: string };

const objectSchema = z.record(z.string(), z.unknown());
const valuesSchema = z.array(z.object({ value: z.string(), display: z.string() }));
const patchSchema = z.object({
  schemas: z.tuple([z.literal('urn:ietf:params:scim:api:messages:2.0:PatchOp')]),
  Operations: z.array(z.object({ op: z.string(), path: z.string().optional(), value: z.unknown().optional() })).min(1),
});

/** An answer in place of the server's own. */
export interface ScriptedAnswer {
  /** Which requests it is for; any if undefined. */
  when?: (request: SentRequest) => boolean;
  status: number;
  headers?: Record<string, string>;
  text?: string;
  /** The answer is held back until this is resolved. */
  after?: Promise<void>;
  /** The request takes effect, and the answer comes then. */
  effect?: boolean;
}

export interface ReceivedRequest extends SentRequest {
  /** The capture that it is like. */
  name: string | undefined;
  body: unknown;
  /** The body or status of the answer. */
  answer: { status: number; body: unknown };
}

/** A small SCIM server that refuses any request that Okta would not send, and keeps what was sent. */
export interface ScimServer {
  url: string;
  /** The same for the calls of a test itself, which are not judged. */
  ownUrl: string;
  token: string;
  received: ReceivedRequest[];
  /** What was unlike Okta; a test expects none. */
  faults: string[];
  /** Scripted answers, each used once, in order. */
  answers: ScriptedAnswer[];
  users: Map<string, Resource>;
  groups: Map<string, Resource>;
  /** The most requests that were open at the same time. */
  peak: () => number;
  /** Waits until a request like that capture has been answered `count` times. */
  waitFor: (name: string, count?: number) => Promise<ReceivedRequest[]>;
  close: () => Promise<void>;
}

export interface ScimServerOptions {
  client: 'template' | 'wizard';
  authorization: 'header' | 'bearer';
  /** Added to every user, as a server has attributes of its own. */
  ownAttributes?: Record<string, unknown>;
}

const listUrn = 'urn:ietf:params:scim:api:messages:2.0:ListResponse';
const errorUrn = 'urn:ietf:params:scim:api:messages:2.0:Error';

const error = (status: number, detail: string) => ({
  status,
  body: { schemas: [errorUrn], status: String(status), detail },
});

interface Answer {
  status: number;
  body: unknown;
}

const sameText = (one: unknown, other: string): boolean => String(one).toLowerCase() === other.toLowerCase();

/** The resources and what each method does to them. */
class Store {
  readonly users = new Map<string, Resource>();
  readonly groups = new Map<string, Resource>();
  /** What was answered to the last GET of each resource: a PUT must bring it back. */
  private readonly answered = new Map<string, Resource>();
  readonly faults: string[] = [];
  private readonly own: Record<string, unknown>;

  constructor(own: Record<string, unknown>) {
    this.own = own;
  }

  handle({ method, target, text }: SentRequest): Answer {
    const url = new URL(target, 'http://scim.example');
    const [, kind = '', id] = url.pathname.split('/');
    const resources = kind === 'Users' ? this.users : this.groups;
    if (id === undefined) return method === 'POST' ? this.create(kind, resources, text) : list(resources, url);
    const current = resources.get(id);
    if (current === undefined) return error(404, 'There is no resource with this id.');
    switch (method) {
      case 'GET':
        this.answered.set(id, structuredClone(current));
        return { status: 200, body: current };
      case 'PUT':
        return this.put(resources, current, objectSchema.parse(JSON.parse(text)));
      case 'PATCH':
        return this.patch(current, patchSchema.parse(JSON.parse(text)).Operations);
      default:
        resources.delete(id);
        return { status: 204, body: undefined };
    }
  }

  private create(kind: string, resources: Map<string, Resource>, text: string): Answer {
    const body = objectSchema.parse(JSON.parse(text));
    const key = kind === 'Users' ? 'userName' : 'displayName';
    if ([...resources.values()].some((one) => sameText(one[key], String(body[key]))))
      return error(409, `${key} is in use.`);
    const { password: _password, ...visible } = body;
    const id = randomUUID();
    const created: Resource = { ...visible, ...(kind === 'Users' ? this.own : {}), id };
    resources.set(id, created);
    return { status: 201, body: created };
  }

  private put(resources: Map<string, Resource>, current: Resource, body: Record<string, unknown>): Answer {
    const answered = this.answered.get(current.id);
    if (answered === undefined) this.faults.push(`PUT of ${current.id} without a GET before it`);
    const mapped = new Set(['emails', 'phoneNumbers', 'addresses', 'aliases']);
    for (const name of Object.keys(answered ?? {}))
      if (!(name in body) && typeof answered?.[name] === 'object' && !mapped.has(name))
        this.faults.push(`PUT of ${current.id} lacks ${name}, which was answered`);
    const { password: _password, ...visible } = body;
    const replaced: Resource = { ...visible, id: current.id };
    resources.set(current.id, replaced);
    return { status: 200, body: replaced };
  }

  private patch(current: Resource, operations: z.infer<typeof patchSchema>['Operations']): Answer {
    for (const { op, path, value } of operations) {
      const [, leaver] = /^members\[value eq "([^"]+)"\]$/.exec(path ?? '') ?? [];
      const members = valuesSchema.parse(current['members'] ?? []);
      if (op === 'remove') current['members'] = members.filter((one) => one.value !== leaver);
      else if (path === 'members' && op === 'replace') current['members'] = valuesSchema.parse(value);
      else if (path === 'members') current['members'] = add(members, valuesSchema.parse(value));
      else Object.assign(current, objectSchema.parse(value), { id: current.id });
    }
    delete current['password'];
    return { status: 200, body: current };
  }
}

function add(members: z.infer<typeof valuesSchema>, added: z.infer<typeof valuesSchema>): unknown {
  const known = new Set(members.map(({ value }) => value));
  return [...members, ...added.filter(({ value }) => !known.has(value))];
}

function list(resources: Map<string, Resource>, url: URL): Answer {
  const [, attribute, wanted] = /^(\w+) eq "(.*)"$/.exec(url.searchParams.get('filter') ?? '') ?? [];
  const all = [...resources.values()].filter(
    (one) => attribute === undefined || sameText(one[attribute], String(JSON.parse(`"${wanted}"`))),
  );
  const startIndex = Number(url.searchParams.get('startIndex') ?? 1);
  const page = all.slice(startIndex - 1, startIndex - 1 + Number(url.searchParams.get('count') ?? 100));
  const body = { schemas: [listUrn], totalResults: all.length, startIndex, itemsPerPage: page.length, Resources: page };
  return { status: 200, body };
}

async function readRequest(request: IncomingMessage): Promise<SentRequest> {
  let text = '';
  for await (const chunk of request.setEncoding('utf8')) text += String(chunk);
  const target = (request.url ?? '').replace(/^(\/own)?\/scim\/v2/, '');
  return { method: request.method ?? '', target, headers: request.headers, text };
}

function send(response: ServerResponse, status: number, body: unknown, headers: Record<string, string> = {}): void {
  response.writeHead(status, { 'Content-Type': 'application/scim+json', ...headers });
  response.end(typeof body === 'string' ? body : body === undefined ? undefined : JSON.stringify(body));
}

export async function startScimServer(options: ScimServerOptions): Promise<ScimServer> {
  const store = new Store(options.ownAttributes ?? {});
  const token = 'scim-token-0123456789';
  const authorization = options.authorization === 'bearer' ? `Bearer ${token}` : token;
  const received: ReceivedRequest[] = [];
  const answers: ScriptedAnswer[] = [];
  let open = 0;
  let peak = 0;

  const answer = async (sent: SentRequest): Promise<Answer & { headers?: Record<string, string> }> => {
    if (sent.headers.authorization !== authorization) return error(401, 'The token is not valid.');
    const at = answers.findIndex(({ when }) => when === undefined || when(sent));
    const [scripted] = at === -1 ? [] : answers.splice(at, 1);
    if (scripted === undefined) return store.handle(sent);
    const own = scripted.effect === true ? store.handle(sent) : undefined;
    await scripted.after;
    return own ?? { status: scripted.status, body: scripted.text, headers: scripted.headers ?? {} };
  };
  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    open += 1;
    peak = Math.max(peak, open);
    const sent = await readRequest(request);
    const own = request.url?.startsWith('/own') === true;
    const judged = { authorization, client: options.client };
    const verdict = own ? { name: undefined, faults: [] } : judgeRequest(sent, judged);
    store.faults.push(...verdict.faults);
    await sleep(2);
    const { body, headers, status } = await answer(sent);
    const visible: unknown = body === undefined ? undefined : structuredClone(body);
    const json: unknown = sent.text === '' ? undefined : JSON.parse(sent.text);
    received.push({ ...sent, name: verdict.name, body: json, answer: { status, body: visible } });
    open -= 1;
    send(response, status, body, headers);
  };
  const server = createServer((request, response) => {
    handle(request, response).catch((thrown: unknown) => store.faults.push(String(thrown)));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const named = (name: string): ReceivedRequest[] => received.filter((one) => one.name === name);
  return {
    url: `http://127.0.0.1:${port}/scim/v2`,
    ownUrl: `http://127.0.0.1:${port}/own/scim/v2`,
    token,
    received,
    faults: store.faults,
    answers,
    users: store.users,
    groups: store.groups,
    peak: () => peak,
    waitFor: (name, count = 1) =>
      until(
        () => named(name),
        ({ length }) => length >= count,
      ),
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
