import addFormats from 'ajv-formats';
import { Ajv2019, type ValidateFunction } from 'ajv/dist/2019.js';

import { deviations, type Deviation } from './deviations.ts';
import type { OpenApiDocument, Operation } from './openapi-document.ts';
import type { Exchange } from './recorder.ts';
import { toDefinitions, toJsonSchema, type Side } from './to-json-schema.ts';

export interface Verdict {
  /** One line for each fault that is not a known deviation. */
  faults: string[];
  /** How often each deviation occurred. */
  met: Map<string, number>;
  /** The operations that were called. */
  operations: Set<string>;
}

/** Checks recorded exchanges against the document: paths, query names, request bodies, statuses and response bodies. */
export function judge(
  document: OpenApiDocument,
  exchanges: readonly Exchange[],
  excused: readonly Deviation[] = deviations,
): Verdict {
  const verdict: Verdict = { faults: [], met: new Map(), operations: new Set() };
  const validators = createValidators(document);
  for (const exchange of exchanges) {
    const operation = document.find(exchange.method, exchange.path);
    if (operation === undefined) {
      verdict.faults.push(`${exchange.method} ${exchange.path} is not in the document`);
      continue;
    }
    verdict.operations.add(operation.id);
    const repaired = excuse(operation.id, exchange, { excused, met: verdict.met });
    const faults = [
      ...exchange.query.filter((name) => !operation.query.has(name)).map((name) => `the query parameter ${name}`),
      ...requestFaults(validators, operation, repaired),
      ...answerFaults(validators, operation, repaired),
    ];
    verdict.faults.push(...faults.map((fault) => `${operation.id} ${exchange.status}: ${fault}`));
  }
  return verdict;
}

/** Reverts each known deviation and counts it, so that the rest can be checked strictly. */
function excuse(
  operationId: string,
  exchange: Exchange,
  { excused, met }: { excused: readonly Deviation[]; met: Verdict['met'] },
): Exchange {
  let repaired = exchange;
  for (const { name, repair } of excused) {
    const { occurrences, ...result } = repair(operationId, repaired);
    repaired = { ...repaired, ...result };
    met.set(name, (met.get(name) ?? 0) + occurrences);
  }
  return repaired;
}

type Validators = (schema: unknown, side: Side) => ValidateFunction;

function createValidators({ schemas }: OpenApiDocument): Validators {
  const compiled = new Map<string, ValidateFunction>();
  const definitions = { request: toDefinitions(schemas, 'request'), answer: toDefinitions(schemas, 'answer') };
  const ajv = new Ajv2019({ allErrors: true, strict: false, logger: false });
  addFormats.default(ajv);
  return (schema, side) => {
    const key = `${side} ${JSON.stringify(schema)}`;
    const known = compiled.get(key);
    if (known !== undefined) return known;
    const made = ajv.compile({ ...toJsonSchema(schema, side, schemas), $defs: definitions[side] });
    compiled.set(key, made);
    return made;
  };
}

function errorsOf(validate: ValidateFunction, body: unknown, what: string): string[] {
  if (validate(body)) return [];
  return (validate.errors ?? []).map(
    ({ instancePath, message, params }) => `${what}${instancePath} ${message} ${JSON.stringify(params)}`,
  );
}

function requestFaults(validators: Validators, operation: Operation, { requestBody, status }: Exchange): string[] {
  // A request that is refused may be wrong on purpose.
  if (operation.requestSchema === undefined || status >= 400) return [];
  return errorsOf(validators(operation.requestSchema, 'request'), requestBody, 'request');
}

function answerFaults(validators: Validators, operation: Operation, { answerBody, status }: Exchange): string[] {
  if (!operation.answerSchemas.has(status)) return ['this status is not declared'];
  const schema = operation.answerSchemas.get(status);
  if (schema === undefined) {
    const empty = answerBody === undefined || JSON.stringify(answerBody) === '{}';
    return empty ? [] : ['the answer has a body, and none is declared'];
  }
  return errorsOf(validators(schema, 'answer'), answerBody, 'answer');
}
