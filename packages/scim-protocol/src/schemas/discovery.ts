import { bulkLimits } from '../bulk/limits.ts';
import type { JsonObject } from '../json.ts';
import { pageLimits } from '../resources/search-request.ts';
import type { Attribute, ResourceTypeName, Schema } from './attribute.ts';
import { resourceTypes, schemas } from './schemas.ts';

const coreUrn = 'urn:ietf:params:scim:schemas:core:2.0';

/** All of `/Schemas` (RFC 7643 §7 and §8.7.1), by URN. */
export const presentSchemas = (baseUrl: string): readonly JsonObject[] =>
  schemas.map((schema) => presentSchema(schema, baseUrl));

const presentSchema = ({ id, name, description, attributes }: Schema, baseUrl: string): JsonObject => ({
  schemas: [`${coreUrn}:Schema`],
  id,
  name,
  description,
  attributes: attributes.map(presentAttribute),
  meta: { resourceType: 'Schema', location: `${baseUrl}/Schemas/${id}` },
});

/** Case and uniqueness mean nothing for a complex attribute or a boolean: the RFC leaves them out there. */
function presentAttribute({ caseExact, uniqueness, subAttributes, ...rest }: Attribute): JsonObject {
  const { canonicalValues, referenceTypes, ...plain } = rest;
  const isText = rest.type !== 'complex' && rest.type !== 'boolean';
  return {
    ...plain,
    ...(isText ? { caseExact, uniqueness } : {}),
    ...(canonicalValues === undefined ? {} : { canonicalValues }),
    ...(referenceTypes === undefined ? {} : { referenceTypes }),
    ...(subAttributes === undefined ? {} : { subAttributes: subAttributes.map(presentAttribute) }),
  };
}

const endpoints: Readonly<Record<ResourceTypeName, string>> = { User: '/Users', Group: '/Groups' };

/** All of `/ResourceTypes` (RFC 7643 §6). No extension is required: Okta leaves out one that it has no value of. */
export const presentResourceTypes = (baseUrl: string): readonly JsonObject[] => [
  presentResourceType('User', baseUrl),
  presentResourceType('Group', baseUrl),
];

function presentResourceType(name: ResourceTypeName, baseUrl: string): JsonObject {
  const { core, extensions, merged } = resourceTypes[name];
  const schemaExtensions = [...extensions, ...merged].map(({ id }) => ({ schema: id, required: false }));
  return {
    schemas: [`${coreUrn}:ResourceType`],
    id: name,
    name,
    endpoint: endpoints[name],
    description: core.description,
    schema: core.id,
    ...(schemaExtensions.length === 0 ? {} : { schemaExtensions }),
    meta: { resourceType: 'ResourceType', location: `${baseUrl}/ResourceTypes/${name}` },
  };
}

/** `/ServiceProviderConfig` (RFC 7643 §5). Passwords are accepted and dropped, so none can be changed. */
export const presentServiceProviderConfig = (baseUrl: string, documentationUri: string): JsonObject => ({
  schemas: [`${coreUrn}:ServiceProviderConfig`],
  documentationUri,
  patch: { supported: true },
  bulk: { supported: true, ...bulkLimits },
  filter: { supported: true, maxResults: pageLimits.most },
  changePassword: { supported: false },
  sort: { supported: true },
  etag: { supported: true },
  authenticationSchemes: [
    {
      type: 'oauthbearertoken',
      name: 'Bearer token',
      description: "A token of the connection in the header Authorization, after 'Bearer ' or alone",
      specUri: 'https://www.rfc-editor.org/info/rfc6750',
      documentationUri,
      primary: true,
    },
    {
      type: 'oauth2',
      name: 'OAuth 2.0 client credentials',
      description: 'An access token for the client id and secret of the connection',
      specUri: 'https://www.rfc-editor.org/info/rfc6749',
      documentationUri,
    },
  ],
  meta: { resourceType: 'ServiceProviderConfig', location: `${baseUrl}/ServiceProviderConfig` },
});
