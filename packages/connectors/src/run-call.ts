import { JourneyError, ConnectorError, type Service } from '@keycourier/journey/ports/errors';
import { z } from 'zod';

/**
 * Runs one call of a port and puts its service and its name into any error: `okta readUser: answered 503`. An error that is no
 * ConnectorError (an answer that does not parse, a model that the SDK rejects) becomes `outcome_unknown`, without its
 * text, which may quote the answer.
 * @throws ConnectorError; or the JourneyError of the settings unchanged
 */
export async function runCall<Result>(service: Service, name: string, run: () => Promise<Result>): Promise<Result> {
  try {
    return await run();
  } catch (error) {
    if (error instanceof JourneyError) throw error;
    if (!(error instanceof ConnectorError))
      throw new ConnectorError({ service, fault: 'outcome_unknown' }, `${service} ${name}: ${describe(error)}`);
    throw new ConnectorError({ service, fault: error.fault }, `${service} ${name}: ${error.message}`, detailsOf(error));
  }
}

/**
 * Prepares a call that has an effect. Any failure here means that the call was never sent, so `outcome_unknown` becomes
 * `unreachable`.
 */
export async function prepareCall<Result>(service: Service, prepare: () => Promise<Result>): Promise<Result> {
  try {
    return await prepare();
  } catch (error) {
    if (error instanceof JourneyError) throw error;
    if (!(error instanceof ConnectorError))
      throw new ConnectorError({ service, fault: 'unreachable' }, 'the call could not be prepared');
    throw error.fault === 'outcome_unknown'
      ? new ConnectorError({ service, fault: 'unreachable' }, error.message, detailsOf(error))
      : error;
  }
}

/** The result of a read, or null where the service answers `not_found`. */
export async function orNull<Result>(read: () => Promise<Result>): Promise<Result | null> {
  try {
    return await read();
  } catch (error) {
    if (error instanceof ConnectorError && error.fault === 'not_found') return null;
    throw error;
  }
}

function detailsOf(error: ConnectorError): NonNullable<ConstructorParameters<typeof ConnectorError>[2]> {
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
