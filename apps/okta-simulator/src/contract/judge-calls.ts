import { fileURLToPath } from 'node:url';

import { judge } from './judge.ts';
import { readOpenApi } from './openapi-document.ts';
import type { Exchange } from './recorder.ts';

/** The part about roles is here; the one about everything else is too large to be, and OKTA_OPENAPI names it. */
const ofRoles = fileURLToPath(new URL('../../src/testing/judges/okta-openapi-roles.json', import.meta.url));

/** OAuth, probes and controls are no part of the document, and policies are missing in the parts that judge. */
const isJudged = ({ path }: Exchange): boolean =>
  /^\/(api|webauthn-registration|oauth2\/v1\/clients)\//.test(path) && !path.startsWith('/api/v1/policies');

const isOfRoles = ({ path }: Exchange): boolean => /\/(roles|iam)\b|\/users\/me$/.test(path);

/**
 * What Okta's OpenAPI document says against calls and their answers, a line for each fault, and which operations were called.
 * Null where OKTA_OPENAPI names no document.
 */
export async function judgeCalls(
  exchanges: readonly Exchange[],
): Promise<{ faults: string[]; operations: string[] } | null> {
  const path = process.env['OKTA_OPENAPI'];
  if (path === undefined || path === '') return null;
  const judged = exchanges.filter(isJudged);
  const verdicts = [
    judge(
      await readOpenApi(path),
      judged.filter((one) => !isOfRoles(one)),
    ),
    judge(await readOpenApi(ofRoles), judged.filter(isOfRoles)),
  ];
  return {
    faults: verdicts.flatMap(({ faults }) => faults),
    operations: verdicts.flatMap(({ operations }) => [...operations]),
  };
}
