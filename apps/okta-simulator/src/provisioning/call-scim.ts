import { request as requestHttp, type IncomingMessage, type RequestOptions } from 'node:http';
import { request as requestHttps } from 'node:https';
import { buffer } from 'node:stream/consumers';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';

import { ScimFailure, type ScimAnswer } from './scim-failure.ts';

export interface ScimCall {
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  url: URL;
  authorization: string;
  body?: unknown;
  timeoutMs: number;
  /** Aborted when the org stops. */
  stopping: AbortSignal;
}

/** The org has stopped during a call: whether the server has acted is not known, and the task stays queued. */
export class CallInterrupted extends Error {
  readonly code = 'call_interrupted';
  readonly level = 'info';
}

/** The headers as captured from Okta, in their order; it sends no other. */
function headersOf({ authorization, url }: ScimCall, body: string | undefined): Record<string, string> {
  return {
    'User-Agent': 'Okta SCIM Client 1.0.0',
    Accept: 'application/scim+json',
    'Accept-Charset': 'utf-8',
    ...(body === undefined ? {} : { 'Content-Type': 'application/scim+json; charset=utf-8' }),
    Authorization: authorization,
    'Accept-Encoding': 'gzip',
    Host: url.host,
    ...(body === undefined ? {} : { 'Content-Length': String(Buffer.byteLength(body)) }),
  };
}

function send(url: URL, options: RequestOptions, body: string | undefined): Promise<IncomingMessage> {
  const start = url.protocol === 'https:' ? requestHttps : requestHttp;
  return new Promise((resolve, reject) => {
    start(url, options, resolve).on('error', reject).end(body);
  });
}

async function textOf(response: IncomingMessage): Promise<string> {
  const bytes = await buffer(response);
  return (response.headers['content-encoding'] === 'gzip' ? await promisify(gunzip)(bytes) : bytes).toString('utf8');
}

/**
 * Makes one call with the headers of Okta's SCIM client. Redirects are not followed.
 * @throws ScimFailure if there is no answer in time, CallInterrupted if the org stops
 */
export async function callScim(call: ScimCall): Promise<ScimAnswer> {
  const body = call.body === undefined ? undefined : JSON.stringify(call.body);
  const timeout = AbortSignal.timeout(call.timeoutMs);
  const signal = AbortSignal.any([timeout, call.stopping]);
  try {
    const options = { method: call.method, headers: headersOf(call, body), agent: false, signal };
    const response = await send(call.url, options, body);
    const retryAfter = response.headers['retry-after'];
    return { status: response.statusCode ?? 0, retryAfter, text: await textOf(response) };
  } catch {
    if (call.stopping.aborted) throw new CallInterrupted('The org has stopped during a call');
    throw new ScimFailure(timeout.aborted ? 'Read timed out' : 'Connection refused');
  }
}
