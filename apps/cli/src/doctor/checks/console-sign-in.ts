import { oktaCallbackPath, type SignInConfig } from '@keycourier/config/console';
import { secretProblems } from '@keycourier/config/refusals/at-start';
import { consoleSecretUses } from '@keycourier/config/secret-uses';
import { resolveSecret } from '@keycourier/config/secrets';
import { z } from 'zod';

import type { Check, SetupUnderCheck } from '../check.ts';
import { checkFile } from '../file-mode.ts';
import { green, red, skipped, type Finding } from '../finding.ts';

/** Okta signs the console's operators in: its addresses, the app and the app's secret are as the config file has them. */
export const consoleChecks: readonly Check<SetupUnderCheck>[] = [
  { name: 'console.sign-in', run: (subject) => whereConfigured(subject, checkSignIn) },
  { name: 'console.client-secret', run: (subject) => whereConfigured(subject, checkSecret) },
];

type CheckConfigured = (signIn: SignInConfig, subject: SetupUnderCheck) => Promise<Finding>;

async function whereConfigured(subject: SetupUnderCheck, check: CheckConfigured): Promise<Finding> {
  const { config } = subject;
  if (config === null) return skipped('the config file is not readable');
  if (config.console?.signIn === undefined)
    return green("operators have accounts in the operators' file: no console.signIn");
  return check(config.console.signIn, subject);
}

const discoverySchema = z.object({
  issuer: z.url(),
  authorization_endpoint: z.url(),
  token_endpoint: z.url(),
});
type Discovery = z.output<typeof discoverySchema>;

async function checkSignIn(signIn: SignInConfig, subject: SetupUnderCheck): Promise<Finding> {
  const discovery = await discover(signIn, subject.timeoutMs);
  if ('status' in discovery) return discovery;
  const url = subject.config?.console?.url ?? subject.setup.local?.console;
  if (url === undefined) return skipped('set console.url to check the redirect URI and the scopes');
  return checkAuthorization(discovery, { signIn, redirectUri: new URL(oktaCallbackPath, url).href, ...subject });
}

/** The discovery document, or what is wrong with it. */
async function discover({ issuer }: SignInConfig, timeoutMs: number): Promise<Discovery | Finding> {
  const fix = 'fix console.signIn.issuer: it is the address of the org, or of an authorization server of it';
  const address = `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`;
  const response = await fetch(address, { signal: AbortSignal.timeout(timeoutMs) }).catch(() => null);
  if (response === null) return red(`${address} cannot be reached`, `check the network and proxies, or ${fix}`);
  const found = discoverySchema.safeParse(await response.json().catch(() => null)).data;
  if (!response.ok || found === undefined)
    return red(`${address} answers ${response.status}, and is no discovery document`, fix);
  if (new URL(found.issuer).href !== new URL(issuer).href)
    return red(`the issuer there is ${found.issuer}, not ${issuer}`, `set console.signIn.issuer to ${found.issuer}`);
  return found;
}

interface Authorization {
  signIn: SignInConfig;
  redirectUri: string;
  timeoutMs: number;
}

/** Without a session at Okta, a request that is right so far is answered with one of these. */
const needsUser = new Set(['login_required', 'interaction_required', 'consent_required', 'account_selection_required']);

/** A request that shows no page: errors go to the redirect URI only where the app has it. */
async function checkAuthorization(
  { authorization_endpoint: endpoint }: Discovery,
  { signIn, redirectUri, timeoutMs }: Authorization,
): Promise<Finding> {
  const query = new URLSearchParams({
    client_id: signIn.clientId,
    redirect_uri: redirectUri,
    response_type: 'code',
    scope: 'openid profile email groups',
    prompt: 'none',
    state: 'doctor',
    nonce: 'doctor',
    code_challenge: '0'.repeat(43),
    code_challenge_method: 'S256',
  });
  const address = `${endpoint}?${query.toString()}`;
  const response = await fetch(address, { redirect: 'manual', signal: AbortSignal.timeout(timeoutMs) });
  await response.body?.cancel();
  const location = response.headers.get('location') ?? '';
  if (!location.startsWith(`${redirectUri}?`)) return notRegistered(response.status, { signIn, redirectUri });
  const error = new URL(location).searchParams.get('error') ?? 'login_required';
  if (needsUser.has(error)) return green(`Okta sends operators back to ${redirectUri}, with the scope groups`);
  if (error === 'invalid_scope')
    return red(`the scope groups is not accepted by ${signIn.issuer}`, 'add a scope and a claim groups to it');
  return red(`Okta refuses every sign-in: ${error}`, "see the app's grant types and the access policy of the issuer");
}

function notRegistered(status: number, { signIn, redirectUri }: Omit<Authorization, 'timeoutMs'>): Finding {
  if (status >= 500) return skipped(`the authorization endpoint answers ${status}`);
  return red(
    `the app ${signIn.clientId} does not have the redirect URI ${redirectUri}, or does not exist (${status})`,
    'add it to the app at Okta, or fix console.url or console.signIn.clientId',
  );
}

/** The secret can be used as the console judges it when it starts, and Okta accepts it. */
async function checkSecret(
  signIn: SignInConfig,
  { config, environment, timeoutMs }: SetupUnderCheck,
): Promise<Finding> {
  const { clientSecret } = signIn;
  const file = 'file' in clientSecret ? await checkFile(clientSecret.file, environment['KEYCOURIER_MODE']) : null;
  if (file?.status === 'red') return file;
  const problems = config === null ? [] : await secretProblems({ uses: consoleSecretUses(config), environment });
  if (problems.length > 0)
    return red(problems.join('; '), 'correct what it names; the console refuses to start like this');
  const discovery = await discover(signIn, timeoutMs);
  if ('status' in discovery) return skipped('the issuer does not answer: see console.sign-in');
  return checkAccepted(discovery, { signIn, secret: await resolveSecret(clientSecret, environment), timeoutMs });
}

interface Client {
  signIn: SignInConfig;
  secret: string;
  timeoutMs: number;
}

/** A code that no sign-in has: Okta looks at the app's secret first. */
async function checkAccepted(
  { token_endpoint: endpoint }: Discovery,
  { signIn: { clientId }, secret, timeoutMs }: Client,
): Promise<Finding> {
  const basic = Buffer.from(`${encodeURIComponent(clientId)}:${encodeURIComponent(secret)}`).toString('base64');
  const response = await fetch(endpoint, {
    method: 'POST',
    headers: { authorization: `Basic ${basic}`, accept: 'application/json' },
    body: new URLSearchParams({ grant_type: 'authorization_code', code: 'doctor', redirect_uri: 'https://localhost' }),
    signal: AbortSignal.timeout(timeoutMs),
  });
  const { error } = errorSchema.parse(await response.json().catch(() => null));
  if (error === 'invalid_client')
    return red(
      `Okta does not accept the secret of the app ${clientId}`,
      'put the current one where clientSecret points',
    );
  if (error === 'invalid_grant') return green(`Okta accepts the secret of the app ${clientId}`);
  return skipped(`the token endpoint answers ${response.status}: whether the secret is accepted is not known`);
}

const errorSchema = z.looseObject({ error: z.string().optional() }).catch({});
