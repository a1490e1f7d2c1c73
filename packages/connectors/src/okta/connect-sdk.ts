import type { GroupApi, RequestContext, UserApi, WebAuthnPreregistrationApi } from '@okta/okta-sdk-nodejs';

import type { HttpAnswer } from '../http/exchange.ts';
import type { SendToOkta } from './send.ts';

/** The parts of Okta's SDK that we call. */
export interface OktaSdk {
  users: UserApi;
  groups: GroupApi;
  preregistration: WebAuthnPreregistrationApi;
}

/**
 * Okta's SDK on our own way of sending. Its `Client` is left out on purpose: it reads okta.yaml and OKTA_* variables,
 * serves cached users, follows redirects, sleeps through a 429, may wait for ever and sends `Bearer undefined` after a failed token call. Its requests,
 * models and paging are taken, through the HTTP library that the SDK lets callers bring.
 *
 * Loading costs about a second and 134 MB, so it waits for the first call.
 */
export async function connectSdk(send: SendToOkta): Promise<OktaSdk> {
  // Node finds no names in this CommonJS module, only its whole.
  const { default: sdk } = await import('@okta/okta-sdk-nodejs');
  const configuration = sdk.createConfiguration({
    // Only paths are taken from the SDK: the org's address is known to `send` alone.
    baseServer: new sdk.ServerConfiguration('https://okta.invalid', {}),
    httpApi: sdk.wrapHttpLibrary({
      send: async (context) => {
        const answer = await send(toRequest(context));
        return new sdk.ResponseContext(answer.status, mediaType(answer), {
          text: () => Promise.resolve(answer.text),
          binary: () => Promise.resolve(Buffer.from(answer.text)),
        });
      },
    }),
  });
  return {
    users: new sdk.UserApi(configuration),
    groups: new sdk.GroupApi(configuration),
    preregistration: new sdk.WebAuthnPreregistrationApi(configuration),
  };
}

function toRequest(context: RequestContext): Parameters<SendToOkta>[0] {
  const { pathname, search } = new URL(context.getUrl());
  const body: unknown = context.getBody();
  return {
    method: methodOf(context.getHttpMethod()),
    path: pathname + search,
    ...(typeof body === 'string' ? { body } : {}),
  };
}

function methodOf(method: string): 'GET' | 'POST' | 'DELETE' {
  return method === 'POST' || method === 'DELETE' ? method : 'GET';
}

/** The SDK parses by media type, and the link to the next page is all else that it looks at. */
function mediaType({ headers }: HttpAnswer): Record<string, string> {
  const { link } = headers;
  return { 'content-type': 'application/json', ...(link === undefined ? {} : { link }) };
}
