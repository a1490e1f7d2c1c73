import type { RequestHandler } from 'express';
import { z } from 'zod';

import type { Organization } from '../config.ts';
import type { Context } from '../context.ts';
import { refusal, type Answer } from './answer.ts';
import { organizationOf } from './authenticate.ts';

/** `id` is the `:id` of the path, or empty. Body and query are as they came. */
export interface ProviderRequest {
  id: string;
  query: unknown;
  body: unknown;
}

/** A handler knows no web framework: it gets who asks and what, and says an answer. */
export type Handler = (
  context: Context,
  organization: Organization,
  request: ProviderRequest,
) => Promise<Answer> | Answer;

/** The `:id` of a path. What cannot be an id becomes one that nothing has. */
export const pathId = z
  .string()
  .regex(/^[\w-]{1,64}$/)
  .catch('');

/** Serves a handler to those who bear an organization's token; all others get the same 401. */
export const withOrganization =
  (context: Context, handler: Handler): RequestHandler =>
  async (request, response) => {
    const organization = organizationOf(context, request.headers.authorization);
    const asked: ProviderRequest = { id: pathId.parse(request.params['id']), query: request.query, body: request.body };
    const answer = organization === undefined ? refusal(401) : await handler(context, organization, asked);
    response.status(answer.status);
    if (answer.contentType === undefined) response.json(answer.body);
    else response.type(answer.contentType).send(answer.body);
  };
