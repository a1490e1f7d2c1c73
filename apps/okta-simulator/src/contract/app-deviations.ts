import { drop, none, rewrite, type Deviation } from './deviations.ts';

/** Every point in which apps deviate from Okta's OpenAPI document; each must occur in the tests. */
export const appDeviations: readonly Deviation[] = [
  {
    name: 'base attributes of an app user',
    source: 'the document has one schema for the users of the org and of an app; its base names the org’s attributes',
    repair: (operationId, { answerBody }) =>
      operationId === 'getApplicationUserSchema' || operationId === 'updateApplicationUserProfile'
        ? rewrite(answerBody, (path, value) => (path === 'definitions.base.properties' ? drop : value))
        : none,
  },
  {
    name: 'several properties of a mapping',
    source: 'the document’s text: properties by name; its schema has one property in their place',
    repair: (operationId, { answerBody }) =>
      operationId === 'getProfileMapping'
        ? rewrite(answerBody, (path, value) => (path === 'properties' ? drop : value))
        : none,
  },
];
