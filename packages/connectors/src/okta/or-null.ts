import { ConnectorError } from '@keycourier/journey/ports/errors';

/** Null for what is not there. */
export async function orNull<Result>(read: () => Promise<Result>): Promise<Result | null> {
  try {
    return await read();
  } catch (error) {
    if (error instanceof ConnectorError && error.fault === 'not_found') return null;
    throw error;
  }
}
