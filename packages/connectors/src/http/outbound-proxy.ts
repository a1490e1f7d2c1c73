import { isLoopback } from '@keycourier/runtime/loopback';
import { proxyUrl } from '@keycourier/runtime/service-url';
import { getProxyForUrl } from 'proxy-from-env';

/** A proxy that requests to some host go through. */
export interface OutboundProxy {
  /** `http://proxy.example:3128`, without a login. */
  origin: string;
  /** The header for its login. */
  authorization: string | undefined;
}

/** In NO_PROXY: loopback goes through the proxy too. The token is Chromium's (net/docs/proxy.md, implicit bypass rules). */
const loopbackToo = '<-loopback>';

/** The variables that name a proxy; each also in lower case, which wins. */
const proxyVariables = ['HTTPS_PROXY', 'HTTP_PROXY', 'ALL_PROXY'] as const;

const inEitherCase = (name: string): string | undefined =>
  process.env[name.toLowerCase()] || process.env[name] || undefined;

/**
 * The proxy for a URL by HTTPS_PROXY, HTTP_PROXY, ALL_PROXY and NO_PROXY; null where the connection is direct, as it always
 * is to this machine, unless NO_PROXY has `<-loopback>`.
 * @throws RangeError for a variable that `proxyProblems` reports
 */
export function proxyOf(url: URL): OutboundProxy | null {
  if (isLoopback(url.hostname) && inEitherCase('NO_PROXY')?.includes(loopbackToo) !== true) return null;
  const found = getProxyForUrl(url.href);
  if (found === '') return null;
  const parsed = proxyUrl.safeParse(found);
  if (!parsed.success) throw new RangeError('a proxy variable is no URL');
  const { origin, username, password } = new URL(parsed.data);
  if (username === '') return { origin, authorization: undefined };
  const login = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  return { origin, authorization: `Basic ${Buffer.from(login, 'utf8').toString('base64')}` };
}

/** The variables that name no usable proxy, without their values, which may hold a password. */
export const proxyProblems = (): string[] =>
  proxyVariables.flatMap((name) => {
    const value = inEitherCase(name);
    const parsed = value === undefined ? null : proxyUrl.safeParse(value);
    return parsed === null || parsed.success ? [] : parsed.error.issues.map(({ message }) => `${name}: ${message}`);
  });
