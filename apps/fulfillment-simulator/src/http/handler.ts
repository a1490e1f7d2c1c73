import type { RequestHandler, Response } from 'express';
import { z } from 'zod';

import type { Organization } from '../config.ts';
import type { Context } from '../context.ts';
import { refusal, type Answer } from './answer.ts';

/** `id` is the `:id` of the path, or empty. Body and query are not parsed yet. */
export interface ProviderRequest {
  id: string;
  query: unknown;
  body: unknown;
}

/** A handler does not depend on a web framework: it gets the caller and the request and returns an answer. */
export type Handler = (
  context: Context,
  organization: Organization,
  request: ProviderRequest,
) => Promise<Answer> | Answer;

/** The `:id` of a path. Text that cannot be an id becomes '', which no shipment has. */
export const pathId = z
  .string()
  .regex(/^[\w-]{1,64}$/)
  .catch('');

/** The organization of the token in an `Authorization` header; undefined if the token is unknown. */
export function organizationOf(context: Context, authorization: string | undefined): Organization | undefined {
  const [scheme, token, ...rest] = (authorization ?? '').split(' ');
  if (scheme?.toLowerCase() !== 'bearer' || rest.length > 0) return undefined;
  return context.organizations.find((organization) => organization.token === token);
}

/** Calls a handler for requests with an organization's token; all others get the same 401. */
export const withOrganization =
  (context: Context, handler: Handler): RequestHandler =>
  async (request, response) => {
    const organization = organizationOf(context, request.headers.authorization);
    if (organization === undefined) return send(response, refusal(401));
    const { params, query, body } = request;
    send(response, await handler(context, organization, { id: pathId.parse(params['id']), query, body }));
  };

function send(response: Response, { status, body, contentType }: Answer): void {
  response.status(status);
  if (contentType === undefined) response.json(body);
  else response.type(contentType).send(body);
}
