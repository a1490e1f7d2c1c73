import { callOk } from '../clients/call.ts';
import { oktaOrg, type OktaOrg } from '../clients/okta-org.ts';
import type { StackSettings } from './settings.ts';

/** The operators of the simulated org, each with a group that has the role. */
const operators = [
  { login: 'amy.admin@acme.example', firstName: 'Amy', lastName: 'Admin', role: 'admin', group: 'keycourier admins' },
  {
    login: 'olga.operator@acme.example',
    firstName: 'Olga',
    lastName: 'Operator',
    role: 'operator',
    group: 'keycourier operators',
  },
  {
    login: 'vera.viewer@acme.example',
    firstName: 'Vera',
    lastName: 'Viewer',
    role: 'viewer',
    group: 'keycourier viewers',
  },
] as const;

const clientId = 'keycourier-console';

/** The part `console` of keycourier.yaml. */
export const consoleSettings = (oktaUrl: string, clientSecretFile: string): unknown => ({
  signIn: {
    issuer: `${oktaUrl}/oauth2/default`,
    clientId,
    clientSecret: { file: clientSecretFile },
    groups: operators.map(({ group: name, role }) => ({ name, role })),
  },
});

/** Registers the console as an app of the org; again when the console has another port. */
export const registerConsole = (oktaUrl: string, consoleUrl: string, clientSecret: string): Promise<unknown> =>
  callOk('POST', `${oktaUrl}/sim/oidc/clients`, {
    body: {
      clientId,
      clientSecret,
      redirectUris: [`${consoleUrl}/sign-in/okta/callback`],
      postLogoutRedirectUris: [`${consoleUrl}/sign-in`],
    },
  });

/** The address of the org that signs operators in; `addsOperators`: it gets its three. */
export async function prepareSignIn(
  { tenants, keys }: StackSettings,
  oktaUrlOf: (tenant: string) => string,
  addsOperators = false,
): Promise<string> {
  const oktaUrl = oktaUrlOf(tenants[0]?.name ?? '');
  if (addsOperators) await addOperators(oktaUrl, keys.tokens.oktaToken);
  return oktaUrl;
}

/** Creates the operators that the org does not have, each with a security key. */
async function addOperators(url: string, token: string): Promise<void> {
  const org = oktaOrg(url, token);
  for (const { login, firstName, lastName, group } of operators) {
    const groupId = (await org.groupId(group)) || (await org.createGroup(group));
    if (await isThere(org, login)) continue;
    const { id } = await org.createUser({ login, email: login, firstName, lastName }, { staged: false });
    await org.addToGroup(groupId, id);
    await callOk('PUT', `${url}/sim/users/${id}/security-key`, { body: { active: true } });
  }
}

const isThere = async ({ send }: OktaOrg, login: string): Promise<boolean> => {
  const found = await send('GET', `/api/v1/users?search=${encodeURIComponent(`profile.login eq "${login}"`)}`);
  return Array.isArray(found) && found.length > 0;
};
