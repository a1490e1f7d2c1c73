import { hasSchema } from '@keycourier/ledger/connect-ledger';
import { requestIdOf } from '@keycourier/runtime/access-log';
import type { Logger } from '@keycourier/runtime/logger';
import type { Request } from 'express';
import { Counter, type Registry } from 'prom-client';

import { logAnchors, recordInTenants, type AuditContext } from '../audit/record.ts';
import { addressOf, type Attempt } from './attempt-sign-in.ts';
import { roleIn, tenantsOf } from './operator.ts';
import type { RefusalLog, RefusedSignIn } from './refusal-log.ts';
import type { SignIn } from './sign-in.ts';

interface Recording {
  refusals: RefusalLog;
  ledger: AuditContext['ledger'];
  /** Of this installation. */
  tenants: readonly string[];
  logger: Logger;
  metrics: Registry;
}

/**
 * Counts attempts; logs those that succeed, and records them in the audit of each tenant in which the operator has a role. A
 * refused attempt may contain a password in place of the user name: no log has the name that was typed.
 */
export function recordSignIns({ ledger, tenants, logger, metrics, refusals }: Recording): SignIn['onAttempt'] {
  const counter = new Counter({
    name: 'keycourier_console_sign_ins_total',
    help: 'Sign-in attempts by outcome',
    labelNames: ['outcome'],
    registers: [metrics],
  });
  const breakGlass = new Counter({
    name: 'keycourier_console_break_glass_sign_ins_total',
    help: 'Sign-ins with a break-glass account',
    registers: [metrics],
  });
  return async (attempt, request) => {
    const { outcome } = attempt;
    counter.inc({ outcome });
    if (outcome === 'wrong' || outcome === 'throttled') refusals.record(refusedBy(attempt), request);
    if (outcome !== 'signed_in') return;
    const { user, source } = attempt.operator;
    const fields = { operator: user, source, address: addressOf(request) };
    if (source !== 'break_glass') logger.info(fields, 'operator signed in');
    else {
      breakGlass.inc();
      logger.warn({ ...fields, code: 'break_glass_sign_in' }, 'a break-glass account signed in');
    }
    await recordSignIn({ ledger, logger }, { signedIn: attempt, request, tenants });
  };
}

const refusedBy = ({ outcome, account }: Extract<Attempt, { account: unknown }>): RefusedSignIn => {
  if (outcome === 'throttled') return { reason: 'throttled', operator: account };
  return { reason: account === null ? 'unknown_operator' : 'wrong_password', operator: account };
};

interface SignedIn {
  signedIn: Extract<Attempt, { outcome: 'signed_in' }>;
  request: Request;
  tenants: readonly string[];
}

/** Nothing where the worker has not created the tables yet: an operator reads then why there are no pages. */
async function recordSignIn(
  { ledger, logger }: AuditContext,
  { signedIn: { operator, reference }, request, tenants }: SignedIn,
): Promise<void> {
  if (!(await hasSchema(ledger.db))) return;
  const requestId = request.res === undefined ? null : (requestIdOf(request.res) ?? null);
  const entries = tenantsOf(operator, tenants).map((tenant) => ({
    tenant,
    actor: { kind: 'operator', id: operator.user, role: roleIn(operator, tenant) ?? 'none' } as const,
    action: operator.source === 'break_glass' ? ('sign_in.break_glass' as const) : ('sign_in' as const),
    subject: { kind: 'session', id: reference },
    detail: { source: operator.source },
    requestId,
  }));
  logAnchors(logger, await recordInTenants(ledger, entries));
}
