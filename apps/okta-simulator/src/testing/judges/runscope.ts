import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import vm from 'node:vm';

import { z } from 'zod';

const assertionSchema = z.object({
  source: z.enum(['response_status', 'response_json', 'response_time']),
  comparison: z.enum(['equal', 'equal_number', 'not_empty', 'has_value', 'contains', 'is_a_number', 'is_less_than']),
  property: z.string().optional(),
  value: z.union([z.string(), z.number(), z.null()]).optional(),
});

type Assertion = z.infer<typeof assertionSchema>;

const headerSchema = z.union([z.string(), z.array(z.string())]);

const requestSchema = z.object({
  step_type: z.literal('request'),
  method: z.enum(['GET', 'POST', 'PUT', 'PATCH', 'DELETE']),
  url: z.string(),
  note: z.string().optional(),
  headers: z.record(z.string(), headerSchema).default({}),
  body: z.string().optional(),
  skipped: z.boolean().default(false),
  assertions: z.array(assertionSchema).default([]),
  variables: z
    .array(z.object({ source: z.literal('response_json'), property: z.string(), name: z.string().nullable() }))
    .default([]),
  scripts: z.array(z.string()).default([]),
});

type RequestStep = z.infer<typeof requestSchema>;

const testSchema = z.looseObject({
  name: z.string(),
  steps: z.array(z.union([requestSchema, z.looseObject({ step_type: z.literal('pause') })])),
});

export type RunscopeTest = z.infer<typeof testSchema>;

/** A step's own name and what it did not meet. */
export interface StepVerdict {
  step: string;
  faults: string[];
}

export interface ReplayOptions {
  /** What `{{name}}` stands for; variables that steps extract are added to it. */
  variables: Record<string, string>;
  /** In place of a pause: waits until the system is idle. */
  pause: () => Promise<void>;
}

/** Reads a test that Runscope (BlazeMeter) has exported. */
export function readRunscope(file: URL): RunscopeTest {
  return testSchema.parse(JSON.parse(readFileSync(file, 'utf8')));
}

function fill(text: string, variables: Readonly<Record<string, string>>): string {
  return text.replaceAll(/\{\{(\w+)\}\}/g, (_whole, name: string) => {
    const value = variables[name];
    assert(value !== undefined, `the variable ${name} has no value`);
    return value;
  });
}

/** `Resources[0].emails[0].value` of a body; undefined if it is not there. */
function valueAt(body: unknown, property: string): unknown {
  let current = body;
  for (const key of property.split(/[.[\]]+/).filter((part) => part !== '')) {
    if (typeof current !== 'object' || current === null) return undefined;
    current = Array.isArray(current) ? current[Number(key)] : new Map(Object.entries(current)).get(key);
  }
  return current;
}

interface Reply {
  status: number;
  text: string;
  body: unknown;
}

/** What a clock says is about this machine. */
const isTimeless = ({ source }: Assertion): boolean => source !== 'response_time';

function actualValue({ property, source }: Assertion, reply: Reply): unknown {
  if (source === 'response_status') return reply.status;
  return valueAt(reply.body, property ?? '');
}

const isEmpty = (value: unknown): boolean =>
  value === undefined || value === null || value === '' || (Array.isArray(value) && value.length === 0);

function isMet(comparison: Assertion['comparison'], actual: unknown, expected: string): boolean {
  switch (comparison) {
    case 'equal':
      return !isEmpty(actual) && String(actual) === expected;
    case 'equal_number':
      return Number(actual) === Number(expected);
    case 'not_empty':
      return !isEmpty(actual);
    case 'has_value':
      return Array.isArray(actual) && actual.includes(expected);
    case 'contains':
      return JSON.stringify(actual ?? '').includes(expected);
    case 'is_a_number':
      return typeof actual === 'number';
    case 'is_less_than':
      return Number(actual) < Number(expected);
  }
}

function check(assertion: Assertion, reply: Reply, variables: ReplayOptions['variables']): string[] {
  const actual = actualValue(assertion, reply);
  const expected = fill(String(assertion.value ?? ''), variables);
  if (isMet(assertion.comparison, actual, expected)) return [];
  const what = assertion.property ?? assertion.source;
  return [`${what} ${assertion.comparison} ${expected}, and is ${JSON.stringify(actual)}`];
}

function runScript(script: string, { text }: Reply): string[] {
  const context = { response: { body: text }, assert, log: () => undefined, JSON, Array };
  try {
    vm.runInNewContext(script, context);
    return [];
  } catch (error) {
    return [`the step's script: ${String(error)}`];
  }
}

async function send(step: RequestStep, variables: ReplayOptions['variables']): Promise<Reply> {
  const headers = Object.entries(step.headers).map(([name, value]): [string, string] => [
    name,
    fill([value].flat().join(', '), variables),
  ]);
  const body = step.body === undefined || step.body === '' ? null : fill(step.body, variables);
  const response = await fetch(fill(step.url, variables), { method: step.method, headers, body });
  const text = await response.text();
  let json: unknown;
  if (text !== '') json = JSON.parse(text);
  return { status: response.status, text, body: json };
}

/** Sends every request of the test in order, unchanged, and returns what each did not meet. */
export async function replay(test: RunscopeTest, { pause, variables }: ReplayOptions): Promise<StepVerdict[]> {
  const known = { ...variables };
  const verdicts: StepVerdict[] = [];
  for (const step of test.steps) {
    if (step.step_type === 'pause') await pause();
    if (step.step_type !== 'request') continue;
    const request = requestSchema.parse(step);
    if (request.skipped) continue;
    const reply = await send(request, known);
    for (const { name, property } of request.variables)
      if (name !== null) known[name] = String(valueAt(reply.body, property));
    const faults = [
      ...request.assertions.filter(isTimeless).flatMap((assertion) => check(assertion, reply, known)),
      ...request.scripts.filter((script) => script !== '').flatMap((script) => runScript(script, reply)),
    ];
    verdicts.push({ step: request.note ?? `${request.method} ${request.url}`, faults });
  }
  return verdicts;
}
