import type { HttpAnswer } from '../http/exchange.ts';

/**
 * How a provider says that it does not offer something beside orders, or not to this tenant. Nothing is lost by taking a
 * token's 403 for that: the order itself meets it next.
 */
export const notOfferedStatuses = [403, 404, 405] as const;

export const isNotOffered = ({ status }: HttpAnswer): boolean => notOfferedStatuses.some((one) => one === status);
