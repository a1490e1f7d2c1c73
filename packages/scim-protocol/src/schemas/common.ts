import type { Attribute } from './attribute.ts';
import { complex, dateTime, text, uri } from './define.ts';

const readOnly = { mutability: 'readOnly' } as const;

/** What every resource has and no schema lists (RFC 7643 §3 and §3.1). */
export const commonAttributes: readonly Attribute[] = [
  {
    ...uri('schemas', 'URNs of the schemas of a resource.', { to: ['uri'], caseExact: true, returned: 'always' }),
    ...readOnly,
    multiValued: true,
  },
  text('id', 'Our identifier of the resource, which never changes.', {
    ...readOnly,
    caseExact: true,
    returned: 'always',
    uniqueness: 'server',
  }),
  text('externalId', 'The identifier that the client gives the resource.', { caseExact: true }),
  complex('meta', 'What we know about the resource.', {
    ...readOnly,
    of: [
      text('resourceType', 'User or Group.', { ...readOnly, caseExact: true }),
      dateTime('created', 'When the resource was created.', readOnly),
      dateTime('lastModified', 'When the resource last changed.', readOnly),
      uri('location', 'The URL of the resource.', { ...readOnly, to: ['uri'], caseExact: true }),
      text('version', 'The ETag of the resource.', { ...readOnly, caseExact: true }),
    ],
  }),
];
