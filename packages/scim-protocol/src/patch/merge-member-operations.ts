import type { GroupOperation } from './patch-operation.ts';

type MemberOperation = Extract<GroupOperation, { ids: readonly string[] }>;

/** Neighbours that add, or that remove, become one: fewer statements, and the same result. */
export function mergeMemberOperations(operations: readonly GroupOperation[]): GroupOperation[] {
  const merged: (Exclude<GroupOperation, MemberOperation> | { kind: MemberOperation['kind']; ids: Set<string> })[] = [];
  for (const operation of operations) {
    const last = merged.at(-1);
    if (!('ids' in operation)) merged.push(operation);
    else if (last !== undefined && 'ids' in last && canJoin(last.kind, operation.kind))
      for (const id of operation.ids) last.ids.add(id);
    else merged.push({ kind: operation.kind, ids: new Set(operation.ids) });
  }
  return merged.map((operation) => ('ids' in operation ? { ...operation, ids: [...operation.ids] } : operation));
}

/** Also members added right after the whole list was replaced are part of that list. */
const canJoin = (before: MemberOperation['kind'], next: MemberOperation['kind']): boolean =>
  (before === next && next !== 'replace_members') || (before === 'replace_members' && next === 'add_members');
