import { ConnectorError } from '@keycourier/journey/ports/errors';

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

interface Neutral {
  running: Promise<Verdict> | null;
  /** Begins when `running` has ended; those that came meanwhile share it. */
  next: Promise<Verdict> | null;
}

/**
 * A neutral request counts only if it began after the 403: an earlier one may have been accepted with credentials that were
 * revoked since. A thousand objects that are refused at once cost two.
 */
export function createClassifyForbidden(): ClassifyForbidden {
  const requests = new Map<string, Neutral>();
  const begin = (neutral: Neutral, request: () => Promise<unknown>): Promise<Verdict> => {
    const verdict = readVerdict(request).finally(() => {
      neutral.running = null;
    });
    neutral.running = verdict;
    return verdict;
  };
  const verdictOn = (key: string, request: () => Promise<unknown>): Promise<Verdict> => {
    const neutral = requests.get(key) ?? { running: null, next: null };
    requests.set(key, neutral);
    if (neutral.running === null && neutral.next === null) return begin(neutral, request);
    neutral.next ??= Promise.allSettled([neutral.running]).then(() => {
      neutral.next = null;
      return begin(neutral, request);
    });
    return neutral.next;
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
