import { describe, expect, test } from '@jest/globals';
import { Validator } from '@seriousme/openapi-schema-validator';
import addFormats from 'ajv-formats';
import { Ajv2020 } from 'ajv/dist/2020.js';

import { routes } from '../routes.ts';
import { describeApi } from './describe-api.ts';
import { documentShape, operationShape, type DocumentedContent, type Schema } from './document-shape.ts';

const document = describeApi(routes);
const shape = documentShape.parse(document);
const operations = Object.entries(shape.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({ method, path, operation })),
);

describe('the document', () => {
  test('is OpenAPI 3.1', async () => {
    expect(await new Validator().validate(JSON.parse(JSON.stringify(document)))).toEqual({ valid: true });
    expect(document.openapi).toBe('3.1.0');
  });

  test('has every route, and nothing else', () => {
    const documented = operations.map(({ method, path }) => `${method} ${path}`);
    expect(documented.toSorted()).toEqual(
      routes.map(({ method, path }) => `${method} ${path.replaceAll(/:(\w+)/g, '{$1}')}`).toSorted(),
    );
  });

  test('names each operation once, under a tag with a description', () => {
    const names = operations.map(({ operation }) => operation.operationId);
    expect(new Set(names).size).toBe(names.length);
    const tags = shape.tags.map(({ name }) => name);
    for (const { operation } of operations) expect(tags).toContain(operation.tags[0]);
  });

  test.each(operations)('has each parameter in the path of $method $path', ({ path, operation }) => {
    const named = operation.parameters.filter((parameter) => parameter.in === 'path').map(({ name }) => name);
    expect(named).toEqual([...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name));
  });

  test.each(operations)('lists the refusals of every route for $method $path', ({ operation }) => {
    expect(Object.keys(operation.responses)).toEqual(
      expect.arrayContaining(['400', '401', '403', '429', '500', '503']),
    );
  });

  test.each(operations)('has examples for $method $path that match the schemas', ({ operation }) => {
    const contents = [operation.requestBody, ...Object.values(operation.responses)].map((part) => part?.content ?? {});
    const examples = contents.flatMap(examplesIn);
    expect(examples.length).toBeGreaterThan(0);
    for (const { schema, value } of examples) expect(faultsOf(schema, value)).toBe('');
  });

  test('allows further fields in answers, but not in requests', () => {
    const text = JSON.stringify(shape.components.schemas['Shipment']);
    expect(text).not.toContain('additionalProperties":false');
    expect(shape.components.schemas['KeyRequest']).toMatchObject({ additionalProperties: false });
    expect(JSON.stringify(describeApi(routes, 'closed').components?.schemas?.['Shipment'])).toContain(
      'additionalProperties":false',
    );
  });

  test('types the rows of a batch for generated clients, and those of its answers', () => {
    const rowsOf = (published: typeof document): unknown => {
      const { requestBody } = operationShape.parse(published.paths?.['/v1/batches']?.post);
      return requestBody?.content['application/json']?.schema?.properties?.['rows']?.items?.anyOf;
    };
    expect(rowsOf(document)).toEqual([{ $ref: '#/components/schemas/KeyRequest' }]);
    expect(rowsOf(describeApi(routes, 'closed'))).toHaveLength(2);
    expect(shape.components.schemas['KeyRequest']?.properties).toMatchObject({ login: { type: 'string' } });
    const listed = operations.find(({ operation }) => operation.operationId === 'listBatchRows')?.operation.responses[
      '200'
    ];
    expect(listed?.content['application/json']?.schema?.properties?.['items']?.items).toEqual({
      $ref: '#/components/schemas/BatchRow',
    });
  });

  test('names the Location of what is created, where it can be shown', () => {
    const located = operations.filter(({ operation }) =>
      Object.values(operation.responses).some(({ headers }) => Object.hasOwn(headers, 'Location')),
    );
    const readable = operations
      .filter(({ method }) => method === 'get')
      .map(({ path }) => path.replace(/\/\{\w+\}$/, ''));
    const creating = operations.filter(
      ({ method, path, operation }) =>
        method === 'post' &&
        ('201' in operation.responses || '202' in operation.responses) &&
        readable.filter((one) => one === path).length === 2,
    );
    expect(located.map(({ path }) => path).toSorted()).toEqual(creating.map(({ path }) => path).toSorted());
    expect(located).toHaveLength(9);
  });

  test('describes every parameter, too', () => {
    const silent = operations.flatMap(({ operation }) =>
      operation.parameters
        .filter(({ description }) => description === '')
        .map(({ name }) => `${operation.operationId} ${name}`),
    );
    expect(silent).toEqual([]);
  });

  test('describes every field of every answer', () => {
    expect(walked.undescribed).toEqual([]);
    expect(walked.fields).toBeGreaterThan(250);
  });

  test('explains every value of every enum of the answers', () => {
    expect(walked.unexplained).toEqual([]);
    expect(walked.enums).toBeGreaterThan(30);
  });

  test.each([
    [{ decision: 'accept' }, true],
    [{ fields: { city: 'Berlin' } }, true],
    [{ decision: 'accept', fields: { city: 'Berlin' } }, false],
    [{}, false],
    [{ fields: {} }, false],
    [{ fields: { email: 'a@b.example' } }, false],
  ])('accepts a correction %j: %s, as the route does', (body, isTaken) => {
    const content = operations.find(({ operation }) => operation.operationId === 'correctShipment')?.operation
      .requestBody?.content;
    expect(faultsOf(content?.['application/json']?.schema, body) === '').toBe(isTaken);
  });
});

interface Walked {
  fields: number;
  undescribed: string[];
  enums: number;
  unexplained: string[];
}

const walked = walkAnswers();

/** Every schema that an answer has, once, with the path to it. */
function walkAnswers(): Walked {
  const found: Walked = { fields: 0, undescribed: [], enums: 0, unexplained: [] };
  const seen = new Set<string>();
  const nameOf = (one: Schema): string => one.$ref?.split('/').at(-1) ?? '';
  const resolved = (one: Schema): Schema => shape.components.schemas[nameOf(one)] ?? one;
  const alternatives = (one: Schema): Schema[] => [...(one.anyOf ?? []), ...(one.allOf ?? [])];
  const textOf = (one: Schema): string | undefined =>
    one.description ??
    resolved(one).description ??
    alternatives(one)
      .map(textOf)
      .find((text) => text !== undefined);
  const walk = (one: Schema, path: string, above: string): void => {
    if (one.$ref !== undefined) {
      if (seen.has(one.$ref)) return;
      seen.add(one.$ref);
      walk(resolved(one), nameOf(one), '');
      return;
    }
    const text = `${above} ${one.description ?? ''}`;
    if (one.enum !== undefined) {
      found.enums += 1;
      if (one.enum.some((value) => !text.includes(`\`${String(value)}\``))) found.unexplained.push(path);
    }
    for (const part of [...alternatives(one), one.items, one.propertyNames])
      if (part !== undefined) walk(part, path, text);
    for (const [name, field] of Object.entries(one.properties ?? {})) {
      found.fields += 1;
      if (textOf(field) === undefined) found.undescribed.push(`${path}.${name}`);
      walk(field, `${path}.${name}`, '');
    }
  };
  for (const { operation } of operations)
    for (const [status, { content }] of Object.entries(operation.responses))
      for (const { schema } of Object.values(content))
        if (schema !== undefined) walk(schema, `${operation.operationId} ${status}`, '');
  return found;
}

const examplesIn = (content: DocumentedContent): { schema: Schema | undefined; value: unknown }[] =>
  Object.entries(content).flatMap(([mediaType, { schema, example, examples = {} }]) =>
    [...(example === undefined ? [] : [example]), ...Object.values(examples).map(({ value }) => value)].map(
      (value) => ({
        schema: mediaType.endsWith('json') ? schema : {},
        value,
      }),
    ),
  );

/** Compiles each schema once, with those that it refers to. */
const ajv = new Ajv2020({ strict: false, validateSchema: false, logger: false });
addFormats.default(ajv);
ajv.addSchema(document, 'api');

function faultsOf(schema: Schema | undefined, value: unknown): string {
  const inDocument: object = JSON.parse(JSON.stringify(schema ?? {}).replaceAll('"$ref":"#/', '"$ref":"api#/'));
  const validate = ajv.compile(inDocument);
  return validate(value) ? '' : ajv.errorsText(validate.errors);
}
