import { ScimError } from '@keycourier/scim-protocol/scim-error';

import type { Handler, Route } from '../http/handler.ts';

/** RFC 7644 §3.11: a token is a client's, not a user's. */
const me: Handler = async () => {
  throw new ScimError('/Me is not supported: a token belongs to a connection, not to a user.', { status: 501 });
};

const methods = ['get', 'post', 'put', 'patch', 'delete'] as const;

export const meRoutes: readonly Route[] = methods.map((method) => ({
  method,
  path: '/Me',
  body: 'search',
  isWrite: false,
  readsPersonalData: false,
  handler: me,
}));
