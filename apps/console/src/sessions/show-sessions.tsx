import { allTenants } from '@keycourier/config/key-files/operators';
import { requestIdOf } from '@keycourier/runtime/access-log';
import { Router, type RequestHandler } from 'express';
import type { VNode } from 'preact';
import { z } from 'zod';

import { renderPage, Token } from '../pages/layout.tsx';
import { Head, Notice, OptionalReason } from '../pages/parts.tsx';
import { Table, TimeCell } from '../pages/tables.tsx';
import { requireSchema, viewerIn, type PagesContext } from '../pages/tenant-pages.ts';
import { ClockTime } from '../pages/time.tsx';
import type { Viewer } from '../pages/viewer.ts';
import { operatorOf, tenantsFor, type Operator } from '../sign-in/operator.ts';
import type { SessionRules } from '../sign-in/require-operator.ts';
import { requireRoleInAll } from '../sign-in/require-role.ts';
import { accountOf, endSessions, listSessions, sessionsShown, type SignedInSession } from './signed-in-sessions.ts';

/** The signed-in sessions of the console, which an admin of all tenants sees and ends. */
export function serveSessions(context: PagesContext, rules: SessionRules): Router {
  const router = Router();
  router.use(requireRoleInAll('admin'), requireSchema(context));
  router.get('/', showSessions(context, rules));
  router.post('/', endChosen(context));
  return router;
}

const showSessions =
  (context: PagesContext, rules: SessionRules): RequestHandler =>
  async (request, response, next) => {
    // Of no tenant: the navigation around it is that of the operator's first.
    const [tenant] = tenantsFor(response);
    if (tenant === undefined) {
      next();
      return;
    }
    const viewer = await viewerIn(context, tenant, response);
    const view = {
      sessions: await listSessions(context.ledger.db, rules),
      current: request.session.reference,
      ended: endedCount.safeParse(request.query['ended']).data ?? null,
      viewer,
    };
    response.send(renderPage({ title: 'Sessions', section: null, viewer, children: <SessionsView {...view} /> }));
  };

const endedCount = z.coerce.number().int().nonnegative();

const body = z.object({
  reference: z.string().max(100).optional(),
  operator: z.string().max(500).optional(),
  reason: z.string().trim().max(1_000).default(''),
});

/** Ends one session, or all of an operator; the admin's own, too. */
const endChosen =
  (context: PagesContext): RequestHandler =>
  async (request, response) => {
    const { reference, operator = '', reason } = body.parse(request.body);
    const count = await endSessions(context, {
      ended: reference === undefined ? { operator } : { reference },
      tenants: [...context.tenants.keys()],
      by: operatorOf(response),
      reason: reason === '' ? null : reason,
      requestId: requestIdOf(response) ?? null,
    });
    response.redirect(303, `/sessions?ended=${count}`);
  };

interface View {
  sessions: readonly SignedInSession[];
  /** The reference of the viewer's own. */
  current: string | undefined;
  /** How many were ended just now. */
  ended: number | null;
  viewer: Viewer;
}

const SessionsView = ({ sessions, current, ended, viewer }: View): VNode => (
  <>
    <Head title="Sessions" />
    {ended !== null && <Notice tone={ended === 0 ? 'warn' : 'good'}>{endedText(ended)}</Notice>}
    <p class="quiet">
      A session that is ended has no more requests. Its operator may sign in again: to prevent that, remove the group at
      Okta, or the account from the operators' file, first.
    </p>
    <Table head={['Operator', 'Roles', 'Signed in', 'Last used', 'Ends by itself', 'End']}>
      {sessions.map((session, index) => (
        <SessionRow
          key={session.reference}
          session={session}
          isOwn={session.reference === current}
          all={allFrom(sessions, index)}
          viewer={viewer}
        />
      ))}
    </Table>
    {sessions.length === sessionsShown && <p class="quiet">{`These are the first ${sessionsShown}.`}</p>}
  </>
);

function endedText(count: number): string {
  if (count === 0) return 'It had ended already.';
  return count === 1 ? 'One session was ended.' : `${count} sessions were ended.`;
}

/** In the first row of an operator, how many sessions they have; else 0. */
function allFrom(sessions: readonly SignedInSession[], index: number): number {
  const accounts = sessions.map(({ operator }) => accountOf(operator));
  const own = accounts[index];
  return accounts.indexOf(own ?? '') === index ? accounts.filter((one) => one === own).length : 0;
}

interface RowProps {
  session: SignedInSession;
  isOwn: boolean;
  all: number;
  viewer: Viewer;
}

const SessionRow = ({ session, isOwn, all, viewer }: RowProps): VNode => (
  <tr id={`session-${session.reference}`}>
    <td>
      {session.operator.user}
      <span class="quiet">
        {isOwn ? `${sources[session.operator.source]}, this session` : sources[session.operator.source]}
      </span>
    </td>
    <td data-label="roles">{rolesText(session.operator)}</td>
    <TimeCell at={session.signedInAt} label="signed in" viewer={viewer} />
    <TimeCell at={session.lastUsedAt} label="last used" viewer={viewer} />
    <td class="nowrap" data-label="ends by itself">
      <ClockTime at={session.expiresAt} viewer={viewer} />
    </td>
    <td>
      <EndForm name="reference" value={session.reference} text="End this session" viewer={viewer} />
      {all > 1 && (
        <EndForm name="operator" value={accountOf(session.operator)} text={`End all ${all} sessions`} viewer={viewer} />
      )}
    </td>
  </tr>
);

const sources: Readonly<Record<Operator['source'], string>> = {
  okta: 'Okta',
  local: "operators' file",
  break_glass: 'break-glass account',
};

const rolesText = ({ grants }: Operator): string =>
  grants.map(({ tenant, role }) => `${role} ${tenant === allTenants ? 'of all tenants' : `of ${tenant}`}`).join(', ');

interface EndFormProps {
  name: 'reference' | 'operator';
  value: string;
  text: string;
  viewer: Viewer;
}

const EndForm = ({ name, value, text, viewer }: EndFormProps): VNode => (
  <details class="inline">
    <summary>{`${text} …`}</summary>
    <form method="post" action="/sessions" class="form">
      <Token viewer={viewer} />
      <input type="hidden" name={name} value={value} />
      <OptionalReason />
      <button class="small">{text}</button>
    </form>
  </details>
);
