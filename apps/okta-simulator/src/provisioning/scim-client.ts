import { setTimeout as sleep } from 'node:timers/promises';

import { z } from 'zod';

import type { App } from '../apps/app.ts';
import type { Connection } from '../apps/connection.ts';
import type { Org } from '../context.ts';
import { callScim, type ScimCall } from './call-scim.ts';
import { notJson, readJson, refusal, ScimFailure } from './scim-failure.ts';

/** A user or group as the server shows it. */
export const resourceSchema = z.looseObject({ id: z.string().min(1) });

export type Resource = z.infer<typeof resourceSchema>;

/** Numbers must be JSON numbers; Okta refuses text there. */
const listSchema = z.looseObject({
  totalResults: z.number().int(),
  itemsPerPage: z.number().int().optional(),
  Resources: z.array(resourceSchema).optional(),
});

export type ListResponse = z.infer<typeof listSchema>;

/** The calls of one app's server. Each throws ScimFailure unless it ends well. */
export interface ScimClient {
  get: (path: string) => Promise<Resource>;
  list: (path: string) => Promise<ListResponse>;
  /** Of users or groups by a name; undefined if there is none. */
  find: (kind: 'Users' | 'Groups', attribute: string, value: string) => Promise<Resource | undefined>;
  /** An answer without a body is a failure. */
  create: (path: string, body: unknown) => Promise<Resource>;
  /** Waits between the GET and the PUT, as Okta does. */
  put: (path: string, body: unknown) => Promise<void>;
  patch: (path: string, operations: readonly unknown[]) => Promise<void>;
  /** What is not there any more is removed. */
  remove: (path: string) => Promise<void>;
}

interface Target {
  app: Pick<App, 'options'>;
  connection: Pick<Connection, 'base_url' | 'sealed_token'>;
}

export const patchSchema = 'urn:ietf:params:scim:api:messages:2.0:PatchOp';

type Send = (method: ScimCall['method'], path: string, body?: unknown) => Promise<unknown>;

/** Sends with the app's token. @returns the JSON of the answer, or undefined for an empty body */
function sender(org: Org, { app, connection }: Target): Send {
  const token = org.sealing.unseal(connection.sealed_token);
  const authorization = app.options.authorization === 'bearer' ? `Bearer ${token}` : token;
  return async (method, path, body) => {
    const url = new URL(connection.base_url.replace(/\/$/, '') + path);
    const { timeoutMs } = org.settings.current().provisioning;
    const answer = await callScim({ method, url, authorization, timeoutMs, body, stopping: org.stopping });
    if (answer.status < 200 || answer.status >= 300) throw refusal(answer);
    const json = readJson(answer.text);
    if (json === undefined && answer.text !== '') throw new ScimFailure(notJson, answer);
    return json;
  };
}

function parse<Shape extends z.ZodType>(shape: Shape, json: unknown): z.infer<Shape> {
  const parsed = shape.safeParse(json);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new ScimFailure(`The response is not valid: ${issue?.path.join('.') || 'body'}: ${issue?.message ?? ''}`);
}

/** `attribute eq "value"` in a query, encoded as Okta does. */
function lookupPath(target: Target, kind: string, filter: string): string {
  const paging = target.app.options.pagedLookup ? '&startIndex=1&count=100' : '';
  return `/${kind}?filter=${encodeURIComponent(filter)}${paging}`;
}

export function createScimClient(org: Org, target: Target): ScimClient {
  const send = sender(org, target);
  const list: ScimClient['list'] = async (path) => parse(listSchema, await send('GET', path));
  return {
    list,
    get: async (path) => parse(resourceSchema, await send('GET', path)),
    find: async (kind, attribute, value) => {
      const filter = `${attribute} eq ${JSON.stringify(value)}`;
      try {
        const { Resources = [] } = await list(lookupPath(target, kind, filter));
        return Resources[0];
      } catch (error) {
        if (error instanceof ScimFailure && error.status === 404) return undefined;
        throw error;
      }
    },
    create: async (path, body) => parse(resourceSchema, await send('POST', path, body)),
    put: async (path, body) => {
      await sleep(org.settings.current().provisioning.putDelayMs);
      await send('PUT', path, body);
    },
    patch: async (path, operations) => {
      await send('PATCH', path, { schemas: [patchSchema], Operations: operations });
    },
    remove: async (path) => {
      try {
        await send('DELETE', path);
      } catch (error) {
        if (!(error instanceof ScimFailure && error.status === 404)) throw error;
      }
    },
  };
}

/** The call of "Test API Credentials", which saving "To App" makes too. @throws ScimFailure */
export async function testCredentials(org: Org, target: Target): Promise<void> {
  await createScimClient(org, target).list('/Users?startIndex=1&count=2');
}
