import { badRequest, ScimError } from '../scim-error.ts';
import { bulkIdsIn } from './bulk-ids.ts';
import type { BulkOperation } from './bulk-operation.ts';

/**
 * Operations in an order in which each comes after those whose bulkIds it names, else as they were sent. What is in a circle, or
 * names a bulkId that no operation has, is refused.
 */
export function orderOperations(operations: readonly BulkOperation[]): BulkOperation[] {
  const makers = new Map(operations.flatMap((operation) => makerOf(operation)));
  const needs = new Map(operations.map((operation) => [operation, needsOf(operation, makers)]));
  const placing: Placing = { needs, placed: new Set(), looked: new Set() };
  for (const operation of operations) placeAfterNeeds(operation, placing);
  const circular = operations.filter((operation) => !placing.placed.has(operation));
  return [...[...placing.placed].map((operation) => refuseUnknown(operation, makers)), ...circular.map(refuseCircle)];
}

interface Placing {
  needs: ReadonlyMap<BulkOperation, readonly BulkOperation[]>;
  placed: Set<BulkOperation>;
  looked: Set<BulkOperation>;
}

const makerOf = (operation: BulkOperation): [string, BulkOperation][] =>
  operation.bulkId !== null && operation.target?.method === 'POST' ? [[operation.bulkId, operation]] : [];

const needsOf = ({ target }: BulkOperation, makers: ReadonlyMap<string, BulkOperation>): BulkOperation[] =>
  target === null
    ? []
    : [...bulkIdsIn(target)].map((bulkId) => makers.get(bulkId)).filter((maker) => maker !== undefined);

/** Whether it could be placed. What is reached again while it is looked at is part of a circle. */
function placeAfterNeeds(operation: BulkOperation, placing: Placing): boolean {
  if (placing.placed.has(operation)) return true;
  if (placing.looked.has(operation)) return false;
  placing.looked.add(operation);
  const needs = placing.needs.get(operation) ?? [];
  const arePlaced = needs.map((need) => placeAfterNeeds(need, placing)).every(Boolean);
  if (arePlaced) placing.placed.add(operation);
  return arePlaced;
}

function refuseUnknown(operation: BulkOperation, makers: ReadonlyMap<string, BulkOperation>): BulkOperation {
  if (operation.target === null || [...bulkIdsIn(operation.target)].every((bulkId) => makers.has(bulkId)))
    return operation;
  const refusal = badRequest(
    'invalidValue',
    'The operation names a bulkId that no POST of the request has: correct the bulkId, or add the POST.',
  );
  return { ...operation, target: null, refusal };
}

const refuseCircle = (operation: BulkOperation): BulkOperation => ({
  ...operation,
  target: null,
  refusal: new ScimError(
    'The operation and others name each other by bulkIds in a circle: send one of the references in a later request.',
    { status: 409 },
  ),
});
