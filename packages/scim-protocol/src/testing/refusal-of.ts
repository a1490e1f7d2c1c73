import { ScimError } from '../scim-error.ts';

/** How a request is refused: status, scimType and detail. Any other error is thrown on. */
export function refusalOf(run: () => unknown): { status: number; scimType: string | null; detail: string } | null {
  try {
    run();
    return null;
  } catch (error) {
    if (!(error instanceof ScimError)) throw error;
    return { status: error.status, scimType: error.scimType, detail: error.message };
  }
}

export const scimTypeOf = (run: () => unknown): string | null => refusalOf(run)?.scimType ?? null;
