/**
 * @typedef {Map<string, Set<string>>} Graph each node and where its arrows lead
 */

/**
 * Groups of nodes that all lead to each other (Tarjan's strongly connected components), single nodes apart.
 * @param {Graph} graph
 * @returns {string[][]} each in alphabetical order
 */
export function findCycles(graph) {
  /** @type {Map<string, { index: number, low: number, isOpen: boolean }>} */
  const marks = new Map();
  /** @type {string[]} */
  const open = [];
  /** @type {string[][]} */
  const cycles = [];

  /** @param {string} node */
  const explore = (node) => {
    const mark = { index: marks.size, low: marks.size, isOpen: true };
    marks.set(node, mark);
    open.push(node);
    for (const next of graph.get(node) ?? []) {
      const seen = marks.get(next) ?? explore(next);
      if (seen.isOpen) mark.low = Math.min(mark.low, seen.low);
    }
    if (mark.low === mark.index) close(node);
    return mark;
  };

  /** @param {string} first of a component: everything opened since belongs to it */
  const close = (first) => {
    const component = open.splice(open.indexOf(first));
    for (const node of component) Object.assign(marks.get(node) ?? {}, { isOpen: false });
    if (component.length > 1) cycles.push(component.toSorted());
  };

  for (const node of graph.keys()) if (!marks.has(node)) explore(node);
  return cycles;
}
