import type { GroupApi, RequestContext, UserApi, WebAuthnPreregistrationApi } from '@okta/okta-sdk-nodejs';

import type { HttpAnswer } from '../http/exchange.ts';
import type { SendToOkta } from './send.ts';

/** The APIs of Okta's SDK that we call. */
export interface OktaSdk {
  users: UserApi;
  groups: GroupApi;
  preregistration: WebAuthnPreregistrationApi;
}

/**
 * Okta's SDK over our own HTTP client: its requests, models and paging. Its `Client` is not used: it reads okta.yaml and
 * OKTA_* variables, serves cached users, follows redirects, sleeps on a 429, may wait forever and sends
 * `Bearer undefined` after a failed token call. Loading takes about a second and 134 MB, so it waits for the first call.
 */
export async function connectSdk(send: SendToOkta): Promise<OktaSdk> {
  // Node finds no named exports in this CommonJS module.
  const { default: sdk } = await import('@okta/okta-sdk-nodejs');
  const configuration = sdk.createConfiguration({
    // Only paths are used: `send` has the org's address.
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

/** The SDK reads no other header than the media type and the link to the next page. */
function mediaType({ headers }: HttpAnswer): Record<string, string> {
  const { link } = headers;
  return { 'content-type': 'application/json', ...(link === undefined ? {} : { link }) };
}
