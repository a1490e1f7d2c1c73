import { judgeExpiry, type Expiring, type ExpiringKind } from '@keycourier/journey/model/expiring';

interface Texts {
  title: (name: string) => string;
  /** What stops when it has ended. */
  stops: string;
  toDo: string;
}

const oktaStops = 'Okta refuses all calls of the tenant from then on.';
const hubStops = 'The hub refuses all calls from then on.';

const texts: Readonly<Record<ExpiringKind, Texts>> = {
  api_key: {
    title: (name) => `API key ${name}`,
    stops: 'Its caller is refused from then on.',
    toDo: 'Create another (keycourier keys create), have its caller use that one, then revoke this one.',
  },
  scim_token: {
    title: (name) => `Token of the SCIM connection ${name}`,
    stops: 'Its client is refused from then on.',
    toDo: 'Create another token of the connection, enter it in the client, then revoke this one.',
  },
  scim_client: {
    title: (name) => `OAuth client of the SCIM connection ${name}`,
    stops: 'Its client is refused from then on.',
    toDo: 'Create another client of the connection, enter it at the identity provider, then revoke this one.',
  },
  provider_token: {
    title: () => 'The provider’s token',
    stops: 'No key can be ordered from then on.',
    toDo: 'Renew it at the provider, store it where fulfillment.token points, and update fulfillment.tokenExpires.',
  },
  okta_token: {
    title: () => 'Okta’s API token',
    stops: oktaStops,
    toDo: 'See why Okta is not read: each call extends it. Once it has ended, create another where okta.auth.token points, or use a service app.',
  },
  okta_key: {
    title: () => 'The key of Okta’s service app',
    stops: oktaStops,
    toDo: 'Register another key with the app, store it where okta.auth.privateKey points, and update okta.auth.keyExpires.',
  },
  hub_token: {
    title: () => 'The hub’s API token',
    stops: hubStops,
    toDo: 'Run keycourier hub test, which uses it. Once it has ended, create another where hub.auth.token points.',
  },
  hub_key: {
    title: () => 'The key of the hub’s service app',
    stops: hubStops,
    toDo: 'Register another key with the app, store it where hub.auth.privateKey points, and update hub.auth.keyExpires.',
  },
  console_secret: {
    title: () => 'The console’s client secret at Okta',
    stops: 'No operator can sign in with Okta from then on.',
    toDo: 'Add a secret to the app at Okta, store it where console.signIn.clientSecret points, and update clientSecretExpires.',
  },
};

/** What a secret is, when it ends, and the one remedy. */
export function describeExpiring(secret: Expiring, now: Date): { title: string; happened: string; toDo: string } {
  const { title, stops, toDo } = texts[secret.kind];
  const name = title(secret.name);
  return { title: name, happened: `${name} ${endText(secret, now)}`, toDo: `${stops} ${toDo}` };
}

function endText(secret: Expiring, now: Date): string {
  const { state, daysLeft } = judgeExpiry(secret, now);
  // The last day on which it works.
  const day = new Date((secret.expiresAt?.getTime() ?? 0) - 1).toISOString().slice(0, 10);
  if (state === 'unknown') return '– ends 30 days after its last use, which is not known here';
  if (state === 'ended') return `– ended on ${day}`;
  return `– ends on ${day}, in ${daysLeft} ${daysLeft === 1 ? 'day' : 'days'}`;
}
