import { BodyError, bodyErrorReasons, streamBody } from '@keycourier/runtime/http-body';
import type { Request } from 'express';

/** RFC 6749 §5.2; `description` is shown to people. */
export interface TokenRefusal {
  outcome: 'refused';
  error: 'invalid_request' | 'invalid_client' | 'unsupported_grant_type';
  description: string;
}

export interface ClientRequest {
  outcome: 'read';
  clientId: string;
  clientSecret: string;
}

/** Of a form with an id, a secret and a grant type. */
export const maxTokenRequestBytes = 8_192;

const invalid = (description: string): TokenRefusal => ({ outcome: 'refused', error: 'invalid_request', description });

/** The request for a token by client credentials (RFC 6749 §4.4.2), which are in a Basic header or in the form (§2.3.1). */
export async function readTokenRequest(request: Request): Promise<ClientRequest | TokenRefusal> {
  const form = await readForm(request);
  if (!(form instanceof URLSearchParams)) return form;
  if (new Set(form.keys()).size !== [...form.keys()].length) return invalid('A parameter is there more than once.');
  const grantType = form.get('grant_type');
  if (grantType === null) return invalid('grant_type is required.');
  if (grantType !== 'client_credentials')
    return { outcome: 'refused', error: 'unsupported_grant_type', description: 'grant_type is client_credentials.' };
  return readCredentials(request.headers.authorization, form);
}

async function readForm(request: Request): Promise<URLSearchParams | TokenRefusal> {
  const mediaType = (request.headers['content-type'] ?? '').split(';', 1)[0]?.trim().toLowerCase();
  if (mediaType !== 'application/x-www-form-urlencoded')
    return invalid('Send the body as application/x-www-form-urlencoded.');
  try {
    const chunks: Buffer[] = [];
    for await (const chunk of streamBody(request, maxTokenRequestBytes)) chunks.push(Buffer.from(chunk));
    return new URLSearchParams(Buffer.concat(chunks).toString('utf8'));
  } catch (error) {
    if (!(error instanceof BodyError)) throw error;
    return invalid(
      error.code === 'too_large'
        ? `The body has more than ${maxTokenRequestBytes} bytes.`
        : bodyErrorReasons[error.code],
    );
  }
}

const basic = /^Basic +([\w+/=-]{1,2048})$/i;

/** A client uses one way alone to say who it is. */
function readCredentials(authorization: string | undefined, form: URLSearchParams): ClientRequest | TokenRefusal {
  if (authorization !== undefined) {
    if (form.has('client_secret')) return invalid('Send the client secret in the header or in the body, not in both.');
    const [, encoded = ''] = basic.exec(authorization) ?? [];
    const [, id, secret] = /^([^:]+):(.+)$/s.exec(Buffer.from(encoded, 'base64').toString('utf8')) ?? [];
    return id === undefined || secret === undefined
      ? noClient
      : { outcome: 'read', clientId: decode(id), clientSecret: decode(secret) };
  }
  const [clientId, clientSecret] = [form.get('client_id'), form.get('client_secret')];
  return clientId === null || clientSecret === null ? noClient : { outcome: 'read', clientId, clientSecret };
}

/** For unknown clients and wrong secrets, too: one does not tell them apart. */
export const noClient: TokenRefusal = {
  outcome: 'refused',
  error: 'invalid_client',
  description: 'The client id and secret are not those of a client of this connection.',
};

/** Both are form-encoded within the header (§2.3.1), which changes nothing of ours. */
function decode(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    return text;
  }
}
