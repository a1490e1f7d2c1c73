import { isLoopback } from '@keycourier/runtime/loopback';

import { refusals } from '../refusals.ts';

/** The URLs of a tenant, by path, and the schemes that each may have: encrypted, and not. */
const urlSettings: readonly { path: readonly [string, string]; encrypted: string; plain: string; isTemplate?: true }[] =
  [
    { path: ['okta', 'orgUrl'], encrypted: 'https:', plain: 'http:' },
    { path: ['hub', 'orgUrl'], encrypted: 'https:', plain: 'http:' },
    { path: ['fulfillment', 'apiUrl'], encrypted: 'https:', plain: 'http:' },
    { path: ['fulfillment', 'keysUrl'], encrypted: 'https:', plain: 'http:' },
    { path: ['hris', 'url'], encrypted: 'https:', plain: 'http:', isTemplate: true },
    // smtp: begins unencrypted and must switch to TLS, unless mail.plain is set.
    { path: ['mail', 'smtp'], encrypted: 'smtps:', plain: 'smtp:' },
  ];

export interface Problem {
  path: PropertyKey[];
  message: string;
}

/** Whether unencrypted connections to simulators on other machines are accepted. */
export const isForSimulators = (mode: string): boolean => mode === 'local' || mode === 'simulators';

/** Problems of a tenant's URLs. `tenant` is what the YAML has, valid or not: what is no text is not judged here. */
export function urlProblems(tenant: Readonly<Record<string, unknown>>, mode: string): Problem[] {
  const problems = urlSettings.flatMap(({ path, encrypted, plain, isTemplate }): Problem[] => {
    const text = valueAt(tenant, path);
    if (typeof text !== 'string' || !URL.canParse(text)) return [];
    const messages = problemsOfUrl(new URL(text), { mode, encrypted, plain, isTemplate: isTemplate === true });
    return messages.map((message) => ({ path: [...path], message }));
  });
  return [...problems, ...plainMailProblems(tenant, mode)];
}

/** Of a mail server that the file names; the worker judges one that a secret names. */
function plainMailProblems(tenant: Readonly<Record<string, unknown>>, mode: string): Problem[] {
  const smtp = valueAt(tenant, ['mail', 'smtp']);
  if (valueAt(tenant, ['mail', 'plain']) !== true || typeof smtp !== 'string' || !URL.canParse(smtp)) return [];
  return mayMailPlainly(new URL(smtp).hostname, mode)
    ? []
    : [{ path: ['mail', 'plain'], message: refusals.plainMail() }];
}

export const mayMailPlainly = (host: string, mode: string): boolean => isForSimulators(mode) || isLoopback(host);

function valueAt(tenant: Readonly<Record<string, unknown>>, [part, key]: readonly [string, string]): unknown {
  const settings = tenant[part];
  return typeof settings === 'object' && settings !== null
    ? Object.entries(settings).find(([name]) => name === key)?.[1]
    : null;
}

interface Rules {
  mode: string;
  encrypted: string;
  plain: string;
  isTemplate: boolean;
}

/** What is wrong with a URL, apart from where it is. */
export function problemsOfUrl(url: URL, { mode, encrypted, plain, isTemplate }: Rules): string[] {
  const isMail = plain === 'smtp:';
  const mayBePlain = isMail || isForSimulators(mode) || isLoopback(url.hostname);
  return [
    ...(url.protocol === encrypted || url.protocol === plain
      ? []
      : [refusals.otherScheme(isMail ? 'smtps:// or smtp://' : 'https://')]),
    ...(url.protocol === plain && !mayBePlain ? [refusals.plainUrl()] : []),
    ...(url.username !== '' || url.password !== '' ? [refusals.loginInUrl()] : []),
    ...(!isTemplate && !isMail && (url.search !== '' || url.hash !== '') ? [refusals.queryInUrl()] : []),
    ...adminConsole(url),
  ];
}

/** An org is at one of these also where it has a domain of its own. Source: Okta's "Domains" of each cell. */
const oktasOwn = /(?:^|\.)(?:okta|oktapreview|okta-emea|okta-gov)\.com$|\.okta\.mil$/;

/**
 * Why an org that a caller names cannot be a tenant's hub; null where it can. Unlike one of the config file it must be at Okta,
 * for calls go there that the caller could otherwise lead to any address.
 */
export function refuseOrgUrl(text: string, { mode, own }: { mode: string; own: string }): string | null {
  const url = new URL(text);
  const [problem] = problemsOfUrl(url, { mode, encrypted: 'https:', plain: 'http:', isTemplate: false });
  if (problem !== undefined) return problem;
  if (url.pathname !== '/') return refusals.pathInOrgUrl();
  if (url.host === new URL(own).host) return refusals.ownHub();
  return isForSimulators(mode) || (oktasOwn.test(url.hostname) && url.port === '') ? null : refusals.notAtOkta();
}

function adminConsole({ hostname }: URL): string[] {
  const [, org, domain] = /^(.+)-admin\.(okta\.com|oktapreview\.com|okta-emea\.com)$/.exec(hostname) ?? [];
  return org === undefined ? [] : [refusals.adminConsole(`${org}.${domain ?? ''}`)];
}
