import express, { type Request, type RequestHandler, type Response, type Router } from 'express';
import type { Provider } from 'oidc-provider';
import { z } from 'zod';

import type { Org } from '../context.ts';
import { originOf } from '../http/serve.ts';
import { loginKey, textOf } from '../users/user.ts';
import { findAccount, listAccounts, type Account } from './account.ts';
import { acrValues, createProvider, escapeHtml, page } from './provider.ts';

const form = z.object({ login: z.string().min(1).max(200) });
const mostProviders = 8;

/** The authorization server with its sign-in page, which takes any password. */
export function serveSignIn(org: Org): Router {
  const providerOf = createProviders(org);
  const showPage = handle(async ({ request, response }) => {
    await (await providerOf(request)).interactionDetails(request, response);
    response.send(signInPage(await listAccounts(org.db), ''));
  });
  const takePassword = handle(async (exchange) => signIn(org, await providerOf(exchange.request), exchange));
  const changeNonce: RequestHandler = (request, _response, next) => {
    if (org.settings.current().oidc.otherNonce) request.url = withOtherNonce(request.url);
    next();
  };
  const serveProvider = handle(async ({ request, response }) =>
    (await providerOf(request)).callback()(request, response),
  );

  const router = express.Router();
  router.get('/sign-in/:uid', showPage);
  router.post('/sign-in/:uid', express.urlencoded({ extended: false }), takePassword);
  router.get('/v1/authorize', changeNonce);
  router.use(serveProvider);
  return router;
}

/** Express 5 takes a rejected promise as an error. */
const handle =
  (work: (exchange: Exchange) => Promise<unknown>): RequestHandler =>
  async (request, response) => {
    await work({ request, response });
  };

/** A server for each address that the org is called by, since its issuer is that address. */
function createProviders(org: Org): (request: Request) => Promise<Provider> {
  const providers = new Map<string, Promise<Provider>>();
  return async (request) => {
    const { endSession } = org.settings.current().oidc;
    const key = `${originOf(request)} ${endSession}`;
    if (providers.size >= mostProviders) providers.clear();
    const provider = providers.get(key) ?? createProvider(org, { origin: originOf(request), endSession });
    providers.set(key, provider);
    return provider.catch((error: unknown) => {
      providers.delete(key);
      throw error;
    });
  };
}

interface Exchange {
  request: Request;
  response: Response;
}

async function signIn(org: Org, provider: Provider, { request, response }: Exchange): Promise<void> {
  const { params } = await provider.interactionDetails(request, response);
  const login = form.safeParse(request.body).data?.login ?? '';
  const user = await findAccount(org.db, { loginKey: loginKey(login) });
  if (user === undefined) {
    response.status(401).send(signInPage(await listAccounts(org.db), 'Unable to sign in'));
    return;
  }
  const { staleSignIn, unknownAcr } = org.settings.current().oidc;
  const acr = acrFor(user, { wanted: wantedOf(params['acr_values']).filter((one) => !unknownAcr.includes(one)) });
  const ts = Math.floor(Date.now() / 1_000) - (staleSignIn ? 3_600 : 0);
  const result =
    acr === null
      ? {
          error: 'unmet_authentication_requirements',
          error_description: 'User is unable to satisfy the authentication requirements.',
        }
      : { login: { accountId: user.id, acr, amr: user.has_fido2 ? ['hwk', 'pop', 'mfa'] : ['pwd'], ts } };
  await provider.interactionFinished(request, response, result, { mergeWithLastSubmission: false });
}

const wantedOf = (value: unknown): string[] =>
  typeof value === 'string' ? value.split(' ').filter((one) => one !== '') : [];

/**
 * The level of a sign-in: the first of the wanted ones that this org knows, if the user can reach it; null if they cannot.
 * Values that it does not know are ignored, as in live orgs. Every user has a second factor, only some a FIDO2 one.
 */
export function acrFor(
  { has_fido2: hasFido2 }: Pick<Account, 'has_fido2'>,
  { wanted }: { wanted: readonly string[] },
): string | null {
  const known = wanted.find((value) => acrValues.some((one) => one === value));
  if (known === undefined) return 'urn:okta:loa:1fa:any';
  return known.startsWith('phr') && !hasFido2 ? null : known;
}

const withOtherNonce = (url: string): string => {
  const changed = new URL(url, 'http://org.invalid');
  changed.searchParams.set('nonce', 'of-another-request');
  return changed.pathname + changed.search;
};

function signInPage(accounts: readonly Account[], problem: string): string {
  const logins = accounts.map((account) => textOf(account, 'login') ?? '');
  const options = logins.map((login) => `<option value="${escapeHtml(login)}"></option>`).join('');
  return page(
    'Sign in',
    `<h1>Sign in to the simulated Okta</h1>${problem === '' ? '' : `<p role="alert">${escapeHtml(problem)}</p>`}
<form method="post"><p><label>Username <input name="login" list="logins" required autofocus autocomplete="off"></label></p>
<p><label>Password <input name="password" type="password" placeholder="any" autocomplete="off"></label></p>
<datalist id="logins">${options}</datalist><p><button>Sign in</button></p></form>
<p>Any password is accepted. Where an app requires <code>phr</code>, the security key of a user who has one counts as used.</p>`,
  );
}
