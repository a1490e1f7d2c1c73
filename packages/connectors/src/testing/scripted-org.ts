import { json, serve, type Respond, type SeenRequest, type TestServer } from './http-server.ts';

/** A server in place of an org: one script for the token call, one for everything else. */
export interface ScriptedOrg {
  server: TestServer;
  /** Starts again with these answers. */
  script: (answers: { token?: Respond; resource?: Respond }) => void;
  tokenCalls: () => SeenRequest[];
  resourceCalls: () => SeenRequest[];
}

export const grantedToken = {
  token_type: 'Bearer',
  expires_in: 3_600,
  access_token: 'access-1',
  scope: 'okta.users.read',
};

const isTokenCall = ({ path }: SeenRequest): boolean => path === '/oauth2/v1/token';

export async function scriptedOrg(): Promise<ScriptedOrg> {
  const server = await serve();
  return {
    server,
    script: ({ token = json(200, grantedToken), resource = json(200, []) }) => {
      server.respond((request, response) => (isTokenCall(request) ? token : resource)(request, response));
    },
    tokenCalls: () => server.seen.filter(isTokenCall),
    resourceCalls: () => server.seen.filter((request) => !isTokenCall(request)),
  };
}

/** One answer after the other; the last one for all later requests. */
export function inOrder(...answers: [Respond, ...Respond[]]): Respond {
  let next = 0;
  return (request, response) => {
    const answer = answers[Math.min(next, answers.length - 1)] ?? answers[0];
    next += 1;
    answer(request, response);
  };
}

/** A 401 or 400 as live orgs send it: no body, and the reason in a header. */
export function challenged(status: number, error: string, headers: Readonly<Record<string, string>> = {}): Respond {
  return (_request, response) => {
    const challenge = `DPoP algs="RS256 ES256", realm="http://acme", scope="okta.users.read", error="${error}", error_description="secret-value"`;
    response.writeHead(status, { 'www-authenticate': challenge, ...headers });
    response.end();
  };
}
