import { ConnectorError } from '@keycourier/journey/ports/errors';

/** For how long the answer of a neutral request counts: a thousand objects that are refused at once cost one such request. */
const keptMs = 30_000;

/**
 * Decides what a 403 is about. It is about one object where the credentials are accepted for a neutral request at that time
 * (`forbidden`), and about the credentials where they are not (`unauthorized`).
 */
export type ClassifyForbidden = (
  error: ConnectorError,
  /** Identifies the credentials and the kind of object; null where a 403 is about the credentials in any case. */
  neutral: { key: string; request: () => Promise<unknown> } | null,
) => Promise<ConnectorError>;

type Verdict = 'accepted' | 'refused';

export function createClassifyForbidden(nowMs: () => number): ClassifyForbidden {
  const kept = new Map<string, { verdict: Promise<Verdict>; untilMs: number }>();
  const verdictOn = (key: string, request: () => Promise<unknown>): Promise<Verdict> => {
    const known = kept.get(key);
    if (known !== undefined && nowMs() < known.untilMs) return known.verdict;
    const read = { verdict: readVerdict(request), untilMs: nowMs() + keptMs };
    kept.set(key, read);
    // A failure reaches the callers that wait for it, and is not kept.
    read.verdict.catch(() => {
      if (kept.get(key) === read) kept.delete(key);
    });
    return read.verdict;
  };
  return async (error, neutral) => {
    if (neutral === null) return as('unauthorized', error);
    try {
      return as((await verdictOn(neutral.key, neutral.request)) === 'accepted' ? 'forbidden' : 'unauthorized', error);
    } catch (cause) {
      // The refused call had no effect, however the neutral request ended.
      return as('unreachable', error, cause);
    }
  };
}

async function readVerdict(request: () => Promise<unknown>): Promise<Verdict> {
  try {
    await request();
    return 'accepted';
  } catch (error) {
    if (error instanceof ConnectorError && (error.status === 401 || error.status === 403)) return 'refused';
    throw error;
  }
}

function as(
  fault: 'forbidden' | 'unauthorized' | 'unreachable',
  error: ConnectorError,
  cause?: unknown,
): ConnectorError {
  const { service, message, status, refusals } = error;
  const isUndecided = fault === 'unreachable';
  const text = isUndecided ? `${message}, and it is not known yet whether the credentials are refused` : message;
  return new ConnectorError({ service, fault }, text, {
    ...(status === null ? {} : { status }),
    refusals,
    ...(cause === undefined ? {} : { cause }),
  });
}
