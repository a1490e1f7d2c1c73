/**
 * What production refuses, once: each rule's sentence, as the process that refuses to start and `doctor` say it, behind
 * the place that it is about. docs/configuration.md has the same list. None of them holds a value of the setting.
 */
export const refusals = {
  // Settings of keycourier.yaml, in every mode.
  tenantTwice: (other: string) => `is the same tenant as ${other}`,
  groupTwice: (other: string) => `is the same group as ${other}: its members would get one of the two products`,
  productTwice: (other: string) => `is the same product as ${other}`,
  secretTwice: (other: string) => `is the same secret as ${other}`,
  inlineSecret: () => 'is a secret in the config file: say where it is, { env: NAME } or { file: PATH }',
  loginInUrl: () => 'has a user or a password in it; those belong in a secret',
  queryInUrl: () => 'has a query or a fragment: it is the address that paths are added to',
  adminConsole: (host: string) => `is the org's admin console; the API is at https://${host}`,
  otherScheme: (allowed: string) => `must start with ${allowed}`,
  pathInUrl: () => 'has a path: it is where the console answers, such as https://keys.acme.com',
  roleTwice: (other: string) =>
    `is the same group for the same tenant as ${other}: one of the two roles would be ignored`,
  ownHub: () => "is the tenant's own org: a hub is another one",
  pathInOrgUrl: () => 'has a path: it is the address of an org, such as https://acme-hub.okta.com',
  notAtOkta: () => "is no address of Okta's: name a custom domain in keycourier.yaml",
  unknownTenant: () => 'is no tenant of this file',
  everyone: () => 'is the group of all users of the org: each of them would be an operator',
  oneAddress: () => 'needs exactly one address, such as Acme security keys <keys@acme.example>',
  tooShort: (least: string) => `must be at least ${least}`,
  tooLong: (most: string) => `must be at most ${most}`,

  // The same, outside KEYCOURIER_MODE local and simulators.
  plainUrl: () => 'sends everything unencrypted: use https (http is for loopback, and for simulators)',
  consoleUrl: () => 'is missing: Okta sends operators back to it, as https://keys.acme.com',
  localAccounts: (users: string) =>
    `has accounts that are no break-glass accounts (${users}): operators sign in with Okta (console.signIn in keycourier.yaml); mark one for emergencies with "breakGlass": true`,
  noSignIn: () =>
    'no operator could sign in: set console.signIn in keycourier.yaml, or create an operators file with a break-glass account',
  plainMail: () => 'sends PINs unencrypted where the mail server offers no TLS: remove it, or use a server that does',

  // Secrets, when the process that needs them starts.
  missingVariable: (name: string) => `the environment variable ${name} is not set`,
  missingFile: (path: string, why: string) => `the file ${path} cannot be read: ${why}`,
  empty: (place: string) => `${place} is empty`,
  tooBig: (place: string) => `${place} has more than 64 KiB: it is no secret`,
  placeholder: (place: string) => `${place} holds a placeholder, not a secret`,
  whiteSpace: (place: string) => `${place} has white space or control characters within`,
  notSendable: (place: string) => `${place} has characters that a header cannot carry: use printable ASCII`,
  weak: (place: string, least: number) =>
    `${place} is too easy to guess: use ${least} random characters or more, such as openssl rand -base64 32 prints`,
  generated: (place: string) => `${place} was generated for KEYCOURIER_MODE=local; create your own`,

  // Files that hold secrets or settings, outside KEYCOURIER_MODE local.
  readableByOthers: (path: string, mode: string) => `${path} can be read by other users (${mode}): chmod 600 ${path}`,
  writableByOthers: (path: string, mode: string) =>
    `${path} can be changed by other users (${mode}): chmod go-w ${path}`,
  ownedByOther: (path: string, uid: number) => `${path} belongs to another user (uid ${uid}), who can change it`,
} as const;
