import { ConnectorError, type Service } from '@keycourier/journey/ports/errors';

/** Failures before the request is sent: no address, no connection, or a certificate that is not trusted. */
const codesBeforeSending = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
  // Only of a proxy that does not answer CONNECT, or hangs up: requests themselves have no such timeout.
  'UND_ERR_HEADERS_TIMEOUT',
  'PROXY_CLOSED',
  'CERT_HAS_EXPIRED',
  'CERT_NOT_YET_VALID',
  'CERT_REVOKED',
  'CERT_UNTRUSTED',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'ERR_TLS_CERT_ALTNAME_INVALID',
]);

/**
 * The error for a failed connection: `unreachable` when the request was certainly not sent, else `outcome_unknown`. Only
 * the failure's code is kept: a parser's error contains the bytes that it failed on.
 */
export function faultOfSocket(
  service: Service,
  error: unknown,
  { timedOut, proxy }: { timedOut: boolean; proxy?: string | undefined },
): ConnectorError {
  const code = codeOf(error);
  const cause = code === null ? {} : { cause: { code } };
  const refusal = proxy === undefined ? null : refusalOfProxy(error);
  if (refusal !== null || isBeforeSending(error, code)) {
    const through = proxy === undefined ? '' : ` through the proxy ${proxy}`;
    const why = refusal === null ? (code ?? 'no code') : `the proxy answered ${refusal}`;
    return new ConnectorError({ service, fault: 'unreachable' }, `cannot be reached${through} (${why})`, cause);
  }
  if (timedOut) return new ConnectorError({ service, fault: 'outcome_unknown' }, 'did not answer in time', cause);
  return new ConnectorError(
    { service, fault: 'outcome_unknown' },
    `broke the connection (${code ?? 'no code'})`,
    cause,
  );
}

/** The status of a proxy that opened no tunnel: 407 for a login that it does not accept. undici says it in words alone. */
function refusalOfProxy(error: unknown): string | null {
  const message = error instanceof Error ? error.message : '';
  return /^Proxy response \((\d{3})\)/.exec(message)?.[1] ?? null;
}

function isBeforeSending(error: unknown, code: string | null): boolean {
  if (typeof error !== 'object' || error === null) return false;
  // Node tries every address of a host and reports the failures together; only connecting does so.
  if ('errors' in error && Array.isArray(error.errors)) return true;
  if (code !== null && codesBeforeSending.has(code)) return true;
  return 'syscall' in error && (error.syscall === 'connect' || error.syscall === 'getaddrinfo');
}

/** The code of a system or library error, such as ECONNRESET. */
export function codeOf(error: unknown): string | null {
  if (typeof error !== 'object' || error === null || !('code' in error)) return null;
  return typeof error.code === 'string' ? error.code : null;
}
