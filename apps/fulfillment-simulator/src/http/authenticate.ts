import type { Organization } from '../config.ts';
import type { Context } from '../context.ts';

/** Whose token an `Authorization` header bears; undefined when it is nobody's. */
export function organizationOf(context: Context, authorization: string | undefined): Organization | undefined {
  const [scheme, token, ...rest] = (authorization ?? '').split(' ');
  if (scheme?.toLowerCase() !== 'bearer' || rest.length > 0) return undefined;
  return context.organizations.find((organization) => organization.token === token);
}
