import { fulfillmentProvider } from '../ports/fulfillment.ts';
import {
  isSuccess,
  preregistrationDetail,
  targetId,
  targetLogin,
  type OktaEvent,
  type PreregistrationDetail,
} from './okta-event.ts';

/** What an event asks for, before anybody else was asked about it. */
export type ParsedEvent =
  | { kind: 'group-add'; userId: string; groupId: string }
  | { kind: 'mfa-initiated'; userId: string; detail: PreregistrationDetail }
  | { kind: 'profile-changed'; userId: string; login: string | null }
  | { kind: 'group-remove'; userId: string; groupId: string }
  | { kind: 'deactivated'; userId: string }
  | { kind: 'not_for_us'; reason: string };

/** Is this event a key request? Pure: the answer is in the event alone. */
export function readEvent(event: OktaEvent): ParsedEvent {
  const notForUs = (reason: string): ParsedEvent => ({ kind: 'not_for_us', reason });
  if (!isSuccess(event)) return notForUs('the event reports no success');
  const userId = targetId(event, 'User');
  switch (event.eventType) {
    case 'group.user_membership.add': {
      const groupId = targetId(event, 'UserGroup');
      if (userId === null || groupId === null) return notForUs('the event names no user and group, as a preview does');
      return { kind: 'group-add', userId, groupId };
    }
    case 'system.mfa.preregister.initiate': {
      const detail = preregistrationDetail(event);
      if (userId === null || detail === null) return notForUs('the event names no user and product, as a preview does');
      if (detail.fulfillmentProvider?.toLowerCase() !== fulfillmentProvider)
        return notForUs('another fulfillment provider');
      return { kind: 'mfa-initiated', userId, detail };
    }
    case 'group.user_membership.remove': {
      const groupId = targetId(event, 'UserGroup');
      if (userId === null || groupId === null) return notForUs('the event names no user and group, as a preview does');
      return { kind: 'group-remove', userId, groupId };
    }
    case 'user.lifecycle.deactivate':
      return userId === null ? notForUs('the event names no user') : { kind: 'deactivated', userId };
    case 'user.account.update_profile':
      return userId === null
        ? notForUs('the event names no user')
        : { kind: 'profile-changed', userId, login: targetLogin(event) };
    default:
      return notForUs('not an event that asks for a key');
  }
}
