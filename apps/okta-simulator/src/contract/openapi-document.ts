import { readFile } from 'node:fs/promises';

import { z } from 'zod';

const contentSchema = z.looseObject({
  content: z.record(z.string(), z.looseObject({ schema: z.unknown() })).optional(),
});
const referenceSchema = z.looseObject({ $ref: z.string() });
const parameterSchema = z.union([referenceSchema, z.looseObject({ name: z.string(), in: z.string() })]);

const operationSchema = z.looseObject({
  operationId: z.string(),
  parameters: z.array(parameterSchema).optional(),
  requestBody: contentSchema.optional(),
  responses: z.record(z.string(), z.union([referenceSchema, contentSchema])),
  security: z.array(z.record(z.string(), z.array(z.string()))).optional(),
});

const documentSchema = z.looseObject({
  paths: z.record(z.string(), z.record(z.string(), z.unknown())),
  components: z.looseObject({
    schemas: z.record(z.string(), z.unknown()),
    responses: z.record(z.string(), contentSchema),
    parameters: z.record(z.string(), z.looseObject({ name: z.string(), in: z.string() })),
  }),
});

/** One operation of the document, with its references resolved down to the schemas. */
export interface Operation {
  id: string;
  query: ReadonlySet<string>;
  /** The scopes of an access token that allow it. */
  scopes: string[];
  requestSchema: unknown;
  /** By status; undefined for an empty response. */
  answerSchemas: ReadonlyMap<number, unknown>;
}

export interface OpenApiDocument {
  schemas: Readonly<Record<string, unknown>>;
  operationIds: string[];
  find: (method: string, path: string) => Operation | undefined;
}

const jsonOf = (content: z.infer<typeof contentSchema> | undefined): unknown =>
  content?.content?.['application/json']?.schema;
const nameOf = (reference: string): string => reference.split('/').at(-1) ?? '';

export async function readOpenApi(path: string): Promise<OpenApiDocument> {
  const { paths, components } = documentSchema.parse(JSON.parse(await readFile(path, 'utf8')));
  const toOperation = (raw: unknown): Operation => {
    const operation = operationSchema.parse(raw);
    const parameters = (operation.parameters ?? []).map((one) =>
      '$ref' in one ? components.parameters[nameOf(String(one.$ref))] : one,
    );
    const answers = Object.entries(operation.responses).map(([status, answer]): [number, unknown] => {
      const content =
        '$ref' in answer ? components.responses[nameOf(String(answer['$ref']))] : contentSchema.parse(answer);
      return [Number(status), jsonOf(content)];
    });
    return {
      id: operation.operationId,
      query: new Set(parameters.flatMap((one) => (one?.in === 'query' ? [one.name] : []))),
      scopes: (operation.security ?? []).flatMap(({ oauth2 = [] }) => oauth2),
      requestSchema: jsonOf(operation.requestBody),
      answerSchemas: new Map(answers),
    };
  };
  const templates = Object.entries(paths).map(([template, methods]) => ({
    pattern: new RegExp(`^${template.replaceAll(/\{\w+\}/g, '[^/]+')}$`),
    methods,
  }));
  return {
    schemas: components.schemas,
    operationIds: Object.values(paths).flatMap((methods) =>
      Object.values(methods).flatMap(
        (raw) => z.looseObject({ operationId: z.string() }).safeParse(raw).data?.operationId ?? [],
      ),
    ),
    find: (method, path_) => {
      const raw = templates.find(({ pattern, methods }) => pattern.test(path_) && method.toLowerCase() in methods);
      return raw === undefined ? undefined : toOperation(raw.methods[method.toLowerCase()]);
    },
  };
}
