import { describe, expect, test } from '@jest/globals';
import { Validator } from '@seriousme/openapi-schema-validator';
import addFormats from 'ajv-formats';
import { Ajv2020 } from 'ajv/dist/2020.js';

import { routes } from '../routes.ts';
import { describeApi } from './describe-api.ts';
import { documentShape, type DocumentedContent, type Schema } from './document-shape.ts';

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
    expect(JSON.stringify(document.paths?.['/v1/shipments']?.post?.requestBody)).toContain(
      'additionalProperties":false',
    );
    expect(JSON.stringify(describeApi(routes, 'closed').components?.schemas?.['Shipment'])).toContain(
      'additionalProperties":false',
    );
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

const examplesIn = (content: DocumentedContent): { schema: Schema | undefined; value: unknown }[] =>
  Object.entries(content).flatMap(([mediaType, { schema, example, examples = {} }]) =>
    [...(example === undefined ? [] : [example]), ...Object.values(examples).map(({ value }) => value)].map(
      (value) => ({
        schema: mediaType.endsWith('json') ? schema : {},
        value,
      }),
    ),
  );

function faultsOf(schema: Schema | undefined, value: unknown): string {
  const ajv = new Ajv2020({ strict: false, validateSchema: false, logger: false });
  addFormats.default(ajv);
  const validate = ajv.compile({ ...schema, components: document.components });
  return validate(value) ? '' : ajv.errorsText(validate.errors);
}
