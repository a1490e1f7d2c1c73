/** What is answered in place of what is expected, and why. */
export interface Deviation {
  status: number;
  reason: string;
}

const noTokenEndpoint = {
  status: 404,
  reason:
    'A sample server’s own path: tokens are made by an administrator and shown once, or by OAuth, not for anyone who asks.',
} as const;
const otherConfigurationPath = {
  status: 404,
  reason: 'RFC 7644 §4 has it at /ServiceProviderConfig; /serviceConfiguration is the path of a sample server.',
} as const;
const filterAsAttribute = {
  status: 200,
  reason:
    'RFC 7644 §3.10: `attributes` takes names; a value filter is no name, and one that is unknown selects nothing.',
} as const;
const patchedUser = {
  status: 200,
  reason: 'RFC 7644 §3.5.2 permits 200 with the user or 204; Okta reads the user, and Entra takes both for users.',
} as const;
const unquoted = {
  status: 400,
  reason: 'RFC 7644 §3.4.2.2: a text to compare with is a JSON string; without quotes it is refused as invalidFilter.',
} as const;
const memberAsText = {
  status: 400,
  reason: 'RFC 7643 §4.2: a member is an object with a value; the id is no user’s either.',
} as const;

/** What Entra's collection expects and this service does not, each by its name in postman.ts. */
export const entraDeviations: Readonly<Record<string, Deviation>> = {
  '1 Get Token: Status code is 200': noTokenEndpoint,
  '5 Get ServiceProviderConfig: Status code is 200': otherConfigurationPath,
  '5 Get ServiceProviderConfig: Pach supported is true': otherConfigurationPath,
  '30 Get group by id: Body contians user': {
    status: 200,
    reason:
      'RFC 7643 §4.2: a member’s `display` is the name that the user has, not one that a PATCH gives as `displayName`.',
  },
  '40 Get user attributes: Body contians User1 email': filterAsAttribute,
  '41 Get user via attributes filter: Body contians User1 email': filterAsAttribute,
  '56 Patch user omalley new username: Status code is 204': patchedUser,
  '57 patch user omalley active with boolean: Status code is 204': patchedUser,
  '63 filter eq and (val or val): Total results': unquoted,
  '64 filter starts with: Total results': unquoted,
  '65 filter greater than: Total results': unquoted,
  '67 Group patch add member: Status code is 204': memberAsText,
  '68 Group patch add member2: Status code is 204': memberAsText,
};
