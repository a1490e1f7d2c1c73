import type { Exchange } from './recorder.ts';

interface Repair {
  occurrences: number;
  status?: number;
  answerBody?: unknown;
}

export interface Deviation {
  name: string;
  /** The source that shows that a real org differs from its own document. */
  source: string;
  /** Converts the exchange to the documented form, and returns how often it differed. */
  repair: (operationId: string, exchange: Exchange) => Repair;
}

export const drop = Symbol('drop');

/** Walks through JSON; `visit` sees each value with its path (`*` for a position) and may replace or drop it. */
export function rewrite(value: unknown, visit: (path: string, value: unknown) => unknown): Repair {
  let occurrences = 0;
  const walk = (node: unknown, path: string): unknown => {
    const replaced = visit(path, node);
    if (replaced !== node) {
      occurrences += 1;
      return replaced;
    }
    const below = (key: string): string => (path === '' ? key : `${path}.${key}`);
    if (Array.isArray(node)) return node.map((item) => walk(item, below('*')));
    if (typeof node !== 'object' || node === null) return node;
    const entries = Object.entries(node).map(([key, item]): [string, unknown] => [key, walk(item, below(key))]);
    return Object.fromEntries(entries.filter(([, item]) => item !== drop));
  };
  const answerBody = walk(value, '');
  return { occurrences, answerBody };
}

export const none: Repair = { occurrences: 0 };

const nullInLog = new RegExp(
  [
    String.raw`^\*\.(actor|target\.\*)\.detailEntry$`,
    String.raw`^\*\.(legacyEventType|outcome\.reason|client\.\w+)$`,
    String.raw`^\*\.authenticationContext\.\w+$`,
    String.raw`^\*\.request\.ipChain\.\*\.(geographicalContext|source)$`,
  ].join('|'),
);

/** A status that the document does not declare for the operation; it is judged as 403, which every operation declares. */
const undeclared = (name: string, ids: readonly string[] | 'any', status: number, source: string) =>
  ({
    name,
    source,
    repair: (operationId, exchange) =>
      exchange.status === status && (ids === 'any' || ids.includes(operationId))
        ? { occurrences: 1, status: 403 }
        : none,
  }) as const satisfies Deviation;

/** Every point in which this org deviates from Okta's OpenAPI document; each must occur in the tests. */
export const deviations = [
  {
    name: 'factor status FULFILLMENT_PENDING or FULFILLMENT_ERRORED',
    source: 'answers of live orgs: cartography-cncf/cartography#3244',
    repair: (operationId, { answerBody }) =>
      operationId === 'listWebAuthnPreregistrationFactors'
        ? rewrite(answerBody, (path, value) =>
            path === '*.status' && String(value).startsWith('FULFILLMENT_') ? 'PENDING_ACTIVATION' : value,
          )
        : none,
  },
  {
    name: 'fulfillmentProvider in the list of enrollments',
    source: 'the document’s own example; its schema lacks it',
    repair: (operationId, { answerBody }) =>
      operationId === 'listWebAuthnPreregistrationFactors'
        ? rewrite(answerBody, (path, value) => (path === '*.fulfillmentProvider' ? drop : value))
        : none,
  },
  {
    name: 'errorCauses as one object',
    source: 'the document’s own examples for enroll and activate; its schema says array',
    repair: (_operationId, { answerBody, status }) =>
      status === 400
        ? rewrite(answerBody, (path, value) =>
            path === 'errorCauses' && typeof value === 'object' && !Array.isArray(value) ? [value] : value,
          )
        : none,
  },
  {
    name: 'null in log events',
    source: 'the document’s own example of listLogEvents; its schema has no nullable there',
    repair: (operationId, { answerBody }) =>
      operationId === 'listLogEvents'
        ? rewrite(answerBody, (path, value) => (value === null && nullInLog.test(path) ? drop : value))
        : none,
  },
  {
    name: 'null as a group’s description',
    source: 'assumed: what an org shows for a group without one',
    repair: (operationId, { answerBody }) =>
      /group/i.test(operationId)
        ? rewrite(answerBody, (path, value) =>
            value === null && /^(\*\.)?profile\.description$/.test(path) ? drop : value,
          )
        : none,
  },
  undeclared('401 on any call', 'any', 401, 'the error catalog: E0000011'),
  undeclared(
    '400 of send-pin, initiate and mark-error',
    ['sendPin', 'generateFulfillmentRequest', 'assignFulfillmentErrorWebAuthnPreregistrationFactor'],
    400,
    'assumed: something has to be answered to a body that is wrong',
  ),
  undeclared(
    '400 of a list whose search is no search',
    ['listUsers', 'listGroups'],
    400,
    'the error catalog: E0000031',
  ),
] as const satisfies Deviation[];
