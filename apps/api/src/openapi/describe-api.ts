import { fieldRules } from '@keycourier/messages/requests';
import { createDocument, type ZodOpenApiOperationObject, type ZodOpenApiPathsObject } from 'zod-openapi';

import type { Route } from '../endpoint.ts';
import { answerFields } from './answer-fields.ts';
import { explained, meaningsOf } from './meanings.ts';
import { documentedPath, operationOf } from './operation.ts';
import { problem } from './problem-schema.ts';

export type ApiDocument = ReturnType<typeof createDocument>;

const tags = [
  { name: 'shipments', description: 'One key for one user, from request to PIN' },
  { name: 'batches', description: 'Many shipments from one file' },
  { name: 'bulk-actions', description: 'One action on all shipments of a filter' },
  { name: 'events', description: 'What Okta sent, and what became of it' },
  { name: 'me', description: 'The API key in use' },
  { name: 'products', description: 'What may be ordered' },
  { name: 'stock', description: 'What is left of it at the provider' },
  { name: 'audit', description: 'Who did what, in a chain of keyed hashes' },
  { name: 'flows', description: 'The triggers and processes of a tenant, to switch on and off' },
  { name: 'registration', description: 'How far Okta shows who has a key that works' },
  { name: 'catch-up', description: "How the org's events arrive: by its event hook and from its System Log" },
  { name: 'hub', description: 'The Okta org where people sign in, where that is another one than theirs' },
  {
    name: 'connections',
    description: 'SCIM clients that provision people and groups: their options, tokens and errors',
  },
  { name: 'people', description: 'The people of the directory, provisioned or entered by hand' },
  { name: 'groups', description: 'The groups of the directory, provisioned or entered by hand' },
  { name: 'roles', description: 'Which roles operators of the console have by their groups' },
  { name: 'keys', description: 'The API keys of the tenant' },
];

const introduction = `Delivers pre-registered YubiKeys. A request results in a programmed key at the user's address. Its credential is already active in Okta, and only its owner receives the PIN.

An API key belongs to one tenant and cannot access the data of others. Its scopes limit what it may do: \`read\`, \`write\`, \`operator\`, \`audit\`, and beside one of these \`addresses\`: to override where a key goes.

A 202 means the request is stored durably and will be processed. Refused requests get a problem (RFC 9457): base decisions on \`code\` and show \`detail\` to users. Responses may get additional fields in later versions; requests with unknown fields are refused.

The request rate of each API key, and of all keys of a tenant together, is limited: see the headers \`RateLimit-Policy\` and \`RateLimit\`. Above the limit the response is 429, with \`Retry-After\` in seconds. After 20 such responses in a minute, each further one comes a second later.`;

/**
 * The OpenAPI document of the routes' contracts. The published one leaves answers `open` to fields of later versions;
 * the tests use `closed` answers, with exactly the fields of this version.
 */
export function describeApi(routes: readonly Route[], answers: 'open' | 'closed' = 'open'): ApiDocument {
  const document = createDocument(
    {
      openapi: '3.1.0',
      info: { title: 'keycourier', version: 'v1', description: introduction },
      servers: [{ url: '/' }],
      tags,
      paths: pathsOf(routes),
      components: {
        schemas: { Problem: problem },
        securitySchemes: { apiKey: { type: 'http', scheme: 'bearer', description: 'An API key: `kc_…`' } },
      },
    },
    {
      override: ({ io, jsonSchema }) => {
        explainEnum(jsonSchema);
        if (io === 'input') {
          if (answers === 'open') typeAlternatives(jsonSchema);
          return describeFields(jsonSchema);
        }
        allowMore(jsonSchema, answers);
        describeAnswer(jsonSchema);
      },
    },
  );
  for (const { parameters = [] } of Object.values(document.paths ?? {}).flatMap(operationsIn))
    parameters.forEach(describeParameter);
  return document;
}

type PathItem = NonNullable<ApiDocument['paths']>[string];
type OperationObject = NonNullable<PathItem['get']>;
type ParameterObject = NonNullable<OperationObject['parameters']>[number];

type JsonSchema = Parameters<
  NonNullable<NonNullable<Parameters<typeof createDocument>[1]>['override']>
>[0]['jsonSchema'];

function allowMore(schema: JsonSchema, answers: 'open' | 'closed'): void {
  if (answers === 'open' && schema.additionalProperties === false) delete schema.additionalProperties;
}

const operationsIn = ({ get, post, patch, delete: remove }: PathItem): OperationObject[] =>
  [get, post, patch, remove].filter((operation) => operation !== undefined);

/** A list with more values is explained where it is answered. */
const maxExplainedValues = 12;

/** As its schema is: reference UIs show the parameter's own description alone. */
function describeParameter(parameter: ParameterObject): void {
  if (!('in' in parameter) || parameter.schema === undefined || '$ref' in parameter.schema) return;
  const { description, items } = parameter.schema;
  const values =
    items === undefined || '$ref' in items ? [] : (items.enum ?? []).filter((value) => typeof value === 'string');
  const meanings = values.length === 0 || values.length > maxExplainedValues ? null : meaningsOf(values);
  const texts = [parameter.description ?? description, meanings === null ? undefined : explained(meanings)];
  const text = texts.filter((one) => one !== undefined).join('\n\n');
  if (text !== '') parameter.description = text;
}

/** A field is documented by the rule that its refusal names. */
function describeFields({ properties = {} }: JsonSchema): void {
  for (const [name, field] of Object.entries(properties)) {
    const rule = fieldRules[name];
    if (typeof field === 'object' && rule !== undefined)
      field.description ??= rule.charAt(0).toUpperCase() + rule.slice(1);
  }
}

/** A field of an answer that its schema does not describe is described by its name. */
function describeAnswer({ properties = {} }: JsonSchema): void {
  for (const [name, field] of Object.entries(properties)) {
    const meaning = answerFields[name];
    if (typeof field === 'object' && meaning !== undefined) field.description ??= meaning;
  }
}

/** What is checked one by one, such as a row, may be anything to the route; clients are to know what it should be. */
function typeAlternatives(schema: JsonSchema): void {
  const typed = schema.anyOf?.filter((one) => Object.keys(one).length > 0) ?? [];
  if (typed.length > 0 && typed.length !== schema.anyOf?.length) schema.anyOf = typed;
}

/** Unless its description names all its values. */
function explainEnum(schema: JsonSchema): void {
  const values = schema.enum?.filter((value) => typeof value === 'string') ?? [];
  const isNamed = (value: string): boolean => schema.description?.includes(`\`${value}\``) === true;
  const meanings = values.every(isNamed) ? null : meaningsOf(values);
  if (meanings === null) return;
  schema.description = [...(schema.description === undefined ? [] : [schema.description]), explained(meanings)].join(
    '\n\n',
  );
}

function pathsOf(routes: readonly Route[]): ZodOpenApiPathsObject {
  const paths: Record<string, Record<string, ZodOpenApiOperationObject>> = {};
  for (const route of routes) {
    const path = documentedPath(route.path);
    paths[path] = { ...paths[path], [route.method]: operationOf(route) };
  }
  return paths;
}
