import { OktaError, validationFailed } from '../http/errors.ts';
import type { EventTypeName } from '../system-log/event-types.ts';
import type { User, UserStatus } from './user.ts';

export interface Transition {
  from: readonly UserStatus[];
  to: (user: Pick<User, 'has_password'>) => UserStatus;
  event: EventTypeName;
  refusal: () => OktaError;
}

const wrongStatus = (): OktaError => new OktaError('E0000038');

const notDeactivated = [
  'STAGED',
  'PROVISIONED',
  'ACTIVE',
  'RECOVERY',
  'LOCKED_OUT',
  'PASSWORD_EXPIRED',
  'SUSPENDED',
] as const satisfies UserStatus[];

/** The status transitions of the API, each with Okta's error for any other start status. */
export const lifecycle = {
  activate: {
    from: ['STAGED', 'DEPROVISIONED'],
    to: (user) => (user.has_password ? 'ACTIVE' : 'PROVISIONED'),
    event: 'user.lifecycle.activate',
    refusal: () => new OktaError('E0000016'),
  },
  reactivate: {
    from: ['PROVISIONED', 'RECOVERY'],
    to: () => 'PROVISIONED',
    event: 'user.lifecycle.reactivate',
    refusal: wrongStatus,
  },
  deactivate: {
    from: notDeactivated,
    to: () => 'DEPROVISIONED',
    event: 'user.lifecycle.deactivate',
    refusal: wrongStatus,
  },
  suspend: {
    from: ['ACTIVE'],
    to: () => 'SUSPENDED',
    event: 'user.lifecycle.suspend',
    refusal: () => validationFailed('suspendUser', ['Cannot suspend a user that is not active']),
  },
  unsuspend: {
    from: ['SUSPENDED'],
    to: () => 'ACTIVE',
    event: 'user.lifecycle.unsuspend',
    refusal: () => validationFailed('unsuspendUser', ['Cannot unsuspend a user that is not suspended']),
  },
  unlock: {
    from: ['LOCKED_OUT'],
    to: () => 'ACTIVE',
    event: 'user.account.unlock',
    refusal: () => new OktaError('E0000032'),
  },
  expire_password: {
    from: ['ACTIVE', 'PASSWORD_EXPIRED'],
    to: () => 'PASSWORD_EXPIRED',
    event: 'user.account.expire_password',
    refusal: wrongStatus,
  },
  reset_password: {
    from: ['ACTIVE', 'PASSWORD_EXPIRED', 'LOCKED_OUT', 'RECOVERY', 'PROVISIONED'],
    to: () => 'RECOVERY',
    event: 'user.account.reset_password',
    refusal: wrongStatus,
  },
} as const satisfies Record<string, Transition>;

export type LifecycleVerb = keyof typeof lifecycle;

export function mayPass(transition: Transition, status: UserStatus): boolean {
  return transition.from.includes(status);
}
