import { isMap, isScalar, isSeq, type Document, type LineCounter, type Node } from 'yaml';

/** Where a setting is in the file; for one that is missing, where the part that lacks it begins. */
export function locate(
  document: Document,
  lines: LineCounter,
  path: readonly PropertyKey[],
): { line: number; column: number } | null {
  let node: unknown = document.contents;
  let start = offsetOf(node);
  for (const step of path) {
    const [key, value] = childOf(node, step);
    if (key === null) break;
    start = offsetOf(key) ?? start;
    node = value;
  }
  if (start === null) return null;
  const { line, col } = lines.linePos(start);
  return { line, column: col };
}

/** The key (of a list, the entry itself) and the value. */
function childOf(node: unknown, step: PropertyKey): [key: unknown, value: unknown] {
  if (isMap(node)) {
    const pair = node.items.find(({ key }) => isScalar(key) && String(key.value) === String(step));
    return pair === undefined ? [null, null] : [pair.key, pair.value];
  }
  const entry = isSeq(node) && typeof step === 'number' ? (node.items[step] ?? null) : null;
  return [entry, entry];
}

const offsetOf = (node: unknown): number | null => (isNode(node) ? (node.range?.[0] ?? null) : null);

const isNode = (value: unknown): value is Node => typeof value === 'object' && value !== null && 'range' in value;
