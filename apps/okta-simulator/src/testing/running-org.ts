import { temporaryDatabase } from '@keycourier/ledger/testing/temporary-database';
import { listen } from '@keycourier/runtime/http-server';
import { createLogger } from '@keycourier/runtime/logger';
import express, { type RequestHandler } from 'express';
import { z } from 'zod';

import { createOktaOrg, type OktaOrgOptions } from '../org.ts';

export const token = 'test-token';

export interface Reply {
  status: number;
  headers: Headers;
  /** Parsed JSON, or undefined for an empty body. */
  body: unknown;
}

export interface RunningOrg {
  url: string;
  databaseUrl: string;
  /** Calls the org, with a valid token by default. */
  call: (method: string, path: string, body?: unknown, headers?: Record<string, string>) => Promise<Reply>;
  /** Stops the org and starts another one on the same database. */
  restart: () => Promise<void>;
  close: () => Promise<void>;
}

/** An org with a new database on a free loopback port; `before` is its first middleware. */
export async function startOrg(
  options: Partial<OktaOrgOptions> = {},
  before: RequestHandler[] = [],
): Promise<RunningOrg> {
  const database = await temporaryDatabase();
  const logger = createLogger({ name: 'okta-simulator-test', level: 'warn' });
  const start = async () => {
    const org = await createOktaOrg({
      databaseUrl: database.url,
      tokens: [token],
      issuerHost: 'acme.okta.example',
      logger,
      ...options,
    });
    const front = await listen(express().use(...before, org.app), { host: '127.0.0.1', port: 0 });
    return { org, front };
  };
  let running = await start();
  const stop = async (): Promise<void> => {
    await running.front.close();
    await running.org.stop();
  };
  return {
    databaseUrl: database.url,
    get url() {
      return running.front.url;
    },
    call: (method, path, body, headers) => call(running.front.url, { method, path, body, headers }),
    restart: async () => {
      await stop();
      running = await start();
    },
    close: async () => {
      await stop();
      await database.drop();
    },
  };
}

async function call(
  url: string,
  request: { method: string; path: string; body: unknown; headers: Record<string, string> | undefined },
): Promise<Reply> {
  const response = await fetch(new URL(request.path, url), {
    method: request.method,
    headers: { Authorization: `SSWS ${token}`, 'Content-Type': 'application/json', ...request.headers },
    body: request.body === undefined ? null : JSON.stringify(request.body),
  });
  const text = await response.text();
  const body: unknown = text === '' ? undefined : JSON.parse(text);
  return { status: response.status, headers: response.headers, body };
}

/** Parses the body of a reply with the test's schema. */
export function bodyOf<Shape extends z.ZodType>(shape: Shape, reply: Reply): z.infer<Shape> {
  return shape.parse(reply.body);
}

export const withId = z.looseObject({ id: z.string() });

/** A complete profile with a new login. */
export function profile(changes: Record<string, unknown> = {}): Record<string, unknown> {
  const login = `person.${Math.random().toString(36).slice(2, 12)}@acme.example`;
  return {
    login,
    email: login,
    secondEmail: 'person@home.example',
    firstName: 'Ada',
    lastName: 'Byron',
    organization: 'Acme',
    streetAddress: '301 Brannan St.',
    city: 'San Francisco',
    state: 'CA',
    zipCode: '94107',
    countryCode: 'US',
    primaryPhone: '+1-555-514-1337',
    ...changes,
  };
}

export async function createUser(org: RunningOrg, changes: Record<string, unknown> = {}, query = ''): Promise<string> {
  const reply = await org.call('POST', `/api/v1/users${query}`, { profile: profile(changes) });
  return bodyOf(withId, reply).id;
}

export async function createGroup(org: RunningOrg, name: string): Promise<string> {
  return bodyOf(withId, await org.call('POST', '/api/v1/groups', { profile: { name } })).id;
}
