import { toErrorBody } from '@keycourier/scim-protocol/error-body';
import { ScimError } from '@keycourier/scim-protocol/scim-error';
import type { Response } from 'express';

/** What a handler returns; `send` alone turns it into a response. */
export interface ScimAnswer {
  status: number;
  /** Undefined where there is none, as in a 204. */
  body: unknown;
  headers?: Readonly<Record<string, string>>;
}

export const scimMediaType = 'application/scim+json';

export const answerError = (error: ScimError): ScimAnswer => ({ status: error.status, body: toErrorBody(error) });

export const refuse = (status: number, detail: string, headers?: Readonly<Record<string, string>>): ScimAnswer => ({
  ...answerError(new ScimError(detail, { status })),
  ...(headers === undefined ? {} : { headers }),
});

/** Okta shows nothing of an error but its status and `detail`; the request's id is in the header that every answer has. */
export function send(response: Response, { status, body, headers = {} }: ScimAnswer): void {
  response.status(status).set({ 'cache-control': 'no-store', ...headers });
  if (body === undefined) response.end();
  else response.type(`${scimMediaType}; charset=utf-8`).send(JSON.stringify(body));
}
