import { z } from 'zod';

/**
 * The URL of a database, a queue store or a mail server, with a login that may hold any character: a URL is read from its
 * end, so the last `@` ends the password, and the first `:` of the login ends the user. A `%` before two hexadecimal digits
 * is percent-encoding; a literal one there is written `%25`. The result is percent-encoded throughout.
 * Messages never quote the text, which holds a password.
 */
function serviceUrl(schemes: readonly string[]): z.ZodType<string, string> {
  const allowed = schemes.map((scheme) => `${scheme}://`).join(' or ');
  return z.string().transform((text, context) => {
    const trimmed = text.trim();
    const scheme = /^([a-z][a-z0-9+.-]*):\/\//i.exec(trimmed)?.[1]?.toLowerCase();
    if (scheme === undefined || !schemes.includes(scheme)) {
      context.addIssue(`must start with ${allowed}`);
      return z.NEVER;
    }
    const encoded = `${scheme}://${encodeLogin(trimmed.slice(scheme.length + '://'.length))}`;
    if (!URL.canParse(encoded)) {
      context.addIssue(`is no URL after ${allowed}: host, port and path cannot be read`);
      return z.NEVER;
    }
    return encoded;
  });
}

function encodeLogin(rest: string): string {
  const at = rest.lastIndexOf('@');
  const [, user = '', password] = /^([^:]*)(?::([^]*))?$/.exec(rest.slice(0, Math.max(at, 0))) ?? [];
  // No login: the @ stands in the query.
  if (at < 0 || /[/?]/.test(user)) return rest;
  const login = password === undefined ? encode(user) : `${encode(user)}:${encode(password)}`;
  return `${login}${rest.slice(at)}`;
}

/** Leaves what is percent-encoded already, unless it is no UTF-8. */
function encode(text: string): string {
  const encoded = text.replaceAll(/%[0-9a-f]{2}|[^]/giu, (part) =>
    part.length === 3 ? part : encodeURIComponent(part),
  );
  return isDecodable(encoded) ? encoded : encodeURIComponent(text);
}

function isDecodable(text: string): boolean {
  try {
    decodeURIComponent(text);
    return true;
  } catch {
    return false;
  }
}

export const postgresUrl = serviceUrl(['postgres', 'postgresql']);
export const redisUrl = serviceUrl(['redis', 'rediss']);
export const proxyUrl = serviceUrl(['http', 'https']);
export const smtpUrl = serviceUrl(['smtp', 'smtps']);
