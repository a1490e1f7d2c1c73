import type { CatchUpProblem } from '@keycourier/journey/model/catch-up';

const sentences: Readonly<Record<CatchUpProblem, string>> = {
  unauthorized:
    'Okta does not accept the credentials in okta.auth. Renew them, and restart the worker if their reference has changed.',
  missing_scope:
    'The credentials may not read the System Log: events that the event hook does not deliver are lost. Grant okta.logs.read to the service app, which also needs an administrator role that may view the log; for an API token, give its administrator such a role (read-only administrator or more). Shipments continue.',
  rate_limited: "The System Log's rate limit is used up. It is read again when Okta allows it.",
  foreign_link:
    'Okta names another address for the next page of the System Log, and no token is sent there. Set okta.orgUrl to the address that Okta names.',
  refused: 'Okta refuses the query of the System Log.',
  unanswered: 'The System Log does not answer. It is asked again.',
};

export const describeCatchUpProblem = (code: CatchUpProblem): string => sentences[code];

/** The line about the share of Okta's daily cap, from the share on at which Okta warns too. */
export const nearDailyCap = (percent: number): string =>
  `${percent} % of Okta's daily cap of delivered events is used. Beyond the cap Okta delivers nothing until the next day (UTC), and events come from the System Log alone. Narrow the event types or filters of the org's hooks.`;
