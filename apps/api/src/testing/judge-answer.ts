import assert from 'node:assert/strict';

import addFormats from 'ajv-formats';
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';

import type { Route } from '../endpoint.ts';
import { describeApi } from '../openapi/describe-api.ts';
import { documentedPath } from '../openapi/operation.ts';
import { routes } from '../routes.ts';

export interface Exchange {
  method: string;
  /** With its query. */
  path: string;
  /** As it was sent; null where there was none. */
  sent: { mediaType: string; text: string } | null;
  status: number;
  mediaType: string | null;
  text: string;
}

const document = describeApi(routes, 'closed');
const ajv = new Ajv2020({ allErrors: true, strict: false, validateSchema: false, logger: false });
addFormats.default(ajv);
ajv.addSchema(document, 'api');

const pointer = (...parts: readonly string[]): string =>
  parts.map((part) => `/${encodeURIComponent(part.replaceAll('~', '~0').replaceAll('/', '~1'))}`).join('');

const compiled = new Map<string, ValidateFunction>();

function validatorAt(...parts: readonly string[]): ValidateFunction {
  const $ref = `api#${pointer(...parts)}`;
  const validate = compiled.get($ref) ?? ajv.compile({ $ref });
  compiled.set($ref, validate);
  return validate;
}

function check(validate: ValidateFunction, value: unknown, what: string): void {
  assert(validate(value), `${what} is not as the document says: ${ajv.errorsText(validate.errors)}`);
}

/** What is not in the document: probes, the documentation itself, and paths and methods that there are none of. */
const otherPaths = /^\/(?:healthz|readyz|docs|v1\/openapi\.json)$/;
const otherRefusals = new Set(['not_found', 'method_not_allowed', 'bad_request']);

function routeOf({ method, path }: Exchange): Route | undefined {
  const [asked = ''] = path.split('?', 1);
  return routes.find((route) => {
    const pattern = new RegExp(`^${route.path.replaceAll(/:\w+/g, '[^/]+')}$`);
    return route.method.toUpperCase() === (method === 'HEAD' ? 'GET' : method) && pattern.test(asked);
  });
}

/**
 * Holds an exchange against the API's own document: the answer must be one that the route is said to give, and a body
 * that was taken must be one that the route is said to take.
 * @throws AssertionError
 */
export function judgeAnswer(exchange: Exchange): void {
  const { method, path, status, mediaType, text } = exchange;
  const asked = `${method} ${path.split('?', 1)[0]} → ${status}`;
  const route = routeOf(exchange);
  if (route === undefined) {
    judgeOther(exchange, asked);
    return;
  }
  const place = ['paths', documentedPath(route.path), route.method];
  const response = document.paths?.[documentedPath(route.path)]?.[route.method]?.responses?.[String(status)];
  assert(response !== undefined, `${asked} is not in the document`);
  const types = Object.keys(response.content ?? {});
  if (types.length === 0) {
    assert.equal(text, '', `${asked} has a body that is not in the document`);
    return;
  }
  assert(mediaType !== null && types.includes(mediaType), `${asked} as ${mediaType} is not in the document`);
  if (mediaType.endsWith('json') && method !== 'HEAD')
    check(validatorAt(...place, 'responses', String(status), 'content', mediaType, 'schema'), JSON.parse(text), asked);
  if (status < 300) judgeSent(exchange, place, asked);
}

function judgeSent({ sent }: Exchange, place: readonly string[], asked: string): void {
  if (sent === null || sent.mediaType !== 'application/json') return;
  const validate = validatorAt(...place, 'requestBody', 'content', 'application/json', 'schema');
  check(validate, JSON.parse(sent.text), `The body of ${asked}`);
}

function judgeOther({ path, mediaType, text }: Exchange, asked: string): void {
  if (mediaType === 'application/problem+json') {
    const problem: { code?: string } = JSON.parse(text);
    check(validatorAt('components', 'schemas', 'Problem'), problem, asked);
    assert(otherRefusals.has(problem.code ?? ''), `${asked} ${problem.code} is not in the document`);
    return;
  }
  assert(otherPaths.test(path), `${asked} is not in the document`);
}
