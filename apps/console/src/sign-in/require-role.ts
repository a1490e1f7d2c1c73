import type { Request, RequestHandler, Response } from 'express';

import { answerNotFound, answerProblem } from '../pages/problem-page.tsx';
import { includesRole, operatorOf, roleIn, roleInAll, tenantsFor, type Role } from './operator.ts';

/**
 * Admits operators who have the role, or one that includes it, in the tenant of the path (`:tenant`). A tenant in which they
 * have no role is a 404, as one that does not exist.
 */
export function requireRole(needed: Role): RequestHandler {
  return (request, response, next) => {
    const tenant = String(request.params['tenant']);
    if (!tenantsFor(response).includes(tenant)) answerNotFound(request, response);
    else if (includesRole(roleIn(operatorOf(response), tenant), needed)) next();
    else answerRoleNeeded(request, response, { needed, where: `in ${tenant}` });
  };
}

/** The same for what is of no tenant: the queues, the sessions. */
export function requireRoleInAll(needed: Role): RequestHandler {
  return (request, response, next) => {
    if (includesRole(roleInAll(operatorOf(response)), needed)) next();
    else answerRoleNeeded(request, response, { needed, where: 'in all tenants' });
  };
}

function answerRoleNeeded(
  request: Request,
  response: Response,
  { needed, where }: { needed: Role; where: string },
): void {
  answerProblem(request, response, {
    status: 403,
    title: `This needs the role ${needed}`,
    advice: `You are signed in as ${operatorOf(response).user}, without the role ${needed} ${where}. Roles come from groups at Okta, or from the operators' file.`,
    boardKey: 'ERRORS.FORBIDDEN',
    link: { href: '/', text: 'Back to the overview' },
  });
}
