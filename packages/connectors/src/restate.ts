import { JourneyError, ConnectorError, type Service } from '@keycourier/journey/ports/errors';
import { z } from 'zod';

/**
 * Runs one call of a port and names it in whatever it throws: `okta readUser: answered 503`. What is no ConnectorError
 * (an answer that does not parse, a model the SDK chokes on) becomes `lost` without its text, which may quote the answer.
 * @throws ConnectorError, or a JourneyError of the settings as it is.
 */
export async function restate<Result>(service: Service, call: string, run: () => Promise<Result>): Promise<Result> {
  try {
    return await run();
  } catch (error) {
    if (error instanceof JourneyError) throw error;
    if (error instanceof ConnectorError) throw named(error, call);
    throw new ConnectorError(service, 'outcome_unknown', `${service} ${call}: ${describe(error)}`);
  }
}

/**
 * Something needed before a call with an effect: whatever goes wrong here, that call surely never left, so what was
 * `lost` is `unreachable`.
 */
export async function beforehand<Result>(service: Service, run: () => Promise<Result>): Promise<Result> {
  try {
    return await run();
  } catch (error) {
    if (error instanceof JourneyError) throw error;
    if (!(error instanceof ConnectorError))
      throw new ConnectorError(service, 'unreachable', 'the call could not be prepared');
    throw error.fault === 'outcome_unknown'
      ? new ConnectorError(service, 'unreachable', error.message, detailsOf(error))
      : error;
  }
}

function named(error: ConnectorError, call: string): ConnectorError {
  return new ConnectorError(error.service, error.fault, `${error.service} ${call}: ${error.message}`, detailsOf(error));
}

function detailsOf(error: ConnectorError): NonNullable<ConstructorParameters<typeof ConnectorError>[3]> {
  return {
    ...(error.status === null ? {} : { status: error.status }),
    ...(error.retryAfterMs === null ? {} : { retryAfterMs: error.retryAfterMs }),
    refusals: error.refusals,
    ...(error.cause === undefined ? {} : { cause: error.cause }),
  };
}

function describe(error: unknown): string {
  if (error instanceof z.ZodError) {
    const fields = new Set(error.issues.map(({ path }) => z.core.toDotPath(path) || 'its root'));
    return `answered something that cannot be used, at ${[...fields].slice(0, 5).join(', ')}`;
  }
  return 'answered something that cannot be read';
}
