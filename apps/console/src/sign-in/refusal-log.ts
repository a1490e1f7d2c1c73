import { hasSchema } from '@keycourier/ledger/connect-ledger';
import { requestIdOf } from '@keycourier/runtime/access-log';
import { createFloodLog, type FloodLimits } from '@keycourier/runtime/flood-log';
import type { Request } from 'express';
import { z } from 'zod';

import { logAnchors, recordInTenants, type AuditContext } from '../audit/record.ts';
import { operatorSchema, roleIn, tenantsOf, type Operator } from './operator.ts';

/** Why a sign-in was refused; `step_up_…`: a fresh one of an operator who is signed in. */
const reasons = [
  'wrong_password',
  'unknown_operator',
  'throttled',
  'no_role',
  'okta_refused',
  'step_up_wrong_password',
  'step_up_throttled',
  'step_up_refused',
  'step_up_unmet',
  'step_up_too_weak',
  'step_up_other_operator',
] as const;

export interface RefusedSignIn {
  reason: (typeof reasons)[number];
  /** An account that exists, or whom Okta identified; null: what was typed as the name may be a password. */
  operator: Pick<Operator, 'user' | 'source' | 'grants'> | null;
}

export interface RefusalLog {
  /** Returns at once: the time of an answer does not reveal whether an account exists. */
  record: (refused: RefusedSignIn, request: Request) => void;
  /** Records the counts of this window, and waits for what is being recorded. */
  close: () => Promise<void>;
}

/** The audit only grows: a flood adds at most some 40 entries in ten minutes to that of a tenant. */
const auditLimits: FloodLimits = { windowMs: 10 * 60_000, perSubject: 3, perWindow: 20, maxSubjects: 20 };

const maxUserLength = 100;
const unknownActor = '(unknown)';

interface Recording extends AuditContext {
  logger: AuditContext['logger'] & { warn: (fields: object, message: string) => void };
  /** Of this installation. */
  tenants: readonly string[];
}

const lineSchema = z.object({
  reason: z.enum(reasons).optional(),
  operator: operatorSchema.pick({ user: true, source: true, grants: true }).nullish(),
  requestId: z.string().nullish(),
  /** Of those that were only counted. */
  count: z.number().optional(),
});

/**
 * Records refused sign-ins in the audit of each tenant in which the operator has a role; of all tenants where none is known.
 * Under a flood they are counted together.
 */
export function createRefusalLog(recording: Recording, limits = auditLimits): RefusalLog {
  let pending = Promise.resolve();
  const flood = createFloodLog((fields) => {
    pending = pending
      .then(() => write(recording, lineSchema.parse(fields)))
      .catch((error: unknown) => recording.logger.warn({ err: error }, 'a refused sign-in could not be recorded'));
  }, limits);
  return {
    record: ({ reason, operator }, { res }) => {
      const known = operator && toKnown(operator);
      const requestId = res === undefined ? null : requestIdOf(res);
      flood.write({ subject: { reason, operator: known }, details: { requestId }, message: 'sign-in refused' });
    },
    close: () => {
      flood.close();
      return pending;
    },
  };
}

const toKnown = ({ user, source, grants }: NonNullable<RefusedSignIn['operator']>) => ({
  user: user.slice(0, maxUserLength),
  source,
  grants,
});

/** Nothing where the worker has not created the tables yet. */
async function write(
  { ledger, logger, tenants }: Recording,
  { reason = 'unknown_operator', operator = null, requestId = null, count }: z.output<typeof lineSchema>,
): Promise<void> {
  if (!(await hasSchema(ledger.db))) return;
  const own = operator === null ? [] : tenantsOf(operator, tenants);
  const entries = (own.length === 0 ? tenants : own).map((tenant) => ({
    tenant,
    actor: {
      kind: 'operator',
      id: operator?.user ?? unknownActor,
      role: operator === null ? 'none' : (roleIn(operator, tenant) ?? 'none'),
    } as const,
    action: 'sign_in.refused' as const,
    subject: { kind: 'sign_in', id: reason },
    detail: { source: operator?.source ?? 'unknown', ...(count === undefined ? {} : { more: count }) },
    requestId,
  }));
  logAnchors(logger, await recordInTenants(ledger, entries));
}
