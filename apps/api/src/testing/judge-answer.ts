import assert from 'node:assert/strict';

import addFormats from 'ajv-formats';
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';

import type { Route } from '../endpoint.ts';
import { describeApi } from '../openapi/describe-api.ts';
import { documentedPath } from '../openapi/operation.ts';
import { routes } from '../routes.ts';

export interface Exchange {
  method: string;
  /** With the query. */
  path: string;
  /** Null if there was no body. */
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
  assert(validate(value), `${what} does not match the document: ${ajv.errorsText(validate.errors)}`);
}

/** Not in the document: probes, the documentation itself, and unknown paths and methods. */
const otherPaths = /^\/(?:healthz|readyz|docs(?:\/[\w.-]+)?|v1\/openapi\.json)$/;
const otherRefusals = new Set(['not_found', 'method_not_allowed', 'bad_request']);

function routeOf({ method, path }: Exchange): Route | undefined {
  const [pathname = ''] = path.split('?', 1);
  return routes.find((route) => {
    const pattern = new RegExp(`^${route.path.replaceAll(/:\w+/g, '[^/]+')}$`);
    return route.method.toUpperCase() === (method === 'HEAD' ? 'GET' : method) && pattern.test(pathname);
  });
}

/**
 * Checks an exchange against the API's own document: the answer must be a documented one, and so must an accepted body.
 * @throws AssertionError
 */
export function judgeAnswer(exchange: Exchange): void {
  const { method, path, status, mediaType, text } = exchange;
  const label = `${method} ${path.split('?', 1)[0]} → ${status}`;
  const route = routeOf(exchange);
  if (route === undefined) {
    judgeOther(exchange, label);
    return;
  }
  const place = ['paths', documentedPath(route.path), route.method];
  const response = document.paths?.[documentedPath(route.path)]?.[route.method]?.responses?.[String(status)];
  assert(response !== undefined, `${label} is not in the document`);
  const types = Object.keys(response.content ?? {});
  if (types.length === 0) {
    assert.equal(text, '', `${label} has a body that is not in the document`);
    return;
  }
  assert(mediaType !== null && types.includes(mediaType), `${label} as ${mediaType} is not in the document`);
  if (mediaType.endsWith('json') && method !== 'HEAD')
    check(validatorAt(...place, 'responses', String(status), 'content', mediaType, 'schema'), JSON.parse(text), label);
  if (status < 300) judgeSent(exchange, place, label);
}

function judgeSent({ sent }: Exchange, place: readonly string[], label: string): void {
  if (sent === null || sent.mediaType !== 'application/json') return;
  const validate = validatorAt(...place, 'requestBody', 'content', 'application/json', 'schema');
  check(validate, JSON.parse(sent.text), `The body of ${label}`);
}

function judgeOther({ path, mediaType, text }: Exchange, label: string): void {
  if (mediaType === 'application/problem+json') {
    const problem: { code?: string } = JSON.parse(text);
    check(validatorAt('components', 'schemas', 'Problem'), problem, label);
    assert(otherRefusals.has(problem.code ?? ''), `${label} ${problem.code} is not in the document`);
    return;
  }
  assert(otherPaths.test(path), `${label} is not in the document`);
}
