import type { Organization } from '../config.ts';
import type { Context } from '../context.ts';

/** The organization of the token in an `Authorization` header; undefined if the token is unknown. */
export function organizationOf(context: Context, authorization: string | undefined): Organization | undefined {
  const [scheme, token, ...rest] = (authorization ?? '').split(' ');
  if (scheme?.toLowerCase() !== 'bearer' || rest.length > 0) return undefined;
  return context.organizations.find((organization) => organization.token === token);
}
