import { refusals } from '../refusals.ts';
import type { Problem } from './urls.ts';

interface Group {
  id?: string | undefined;
  name?: string | undefined;
}

interface Product {
  productId: string;
  inventoryProductId: string;
  customizationId: string;
}

/** As people read them: the same letters in another case or with other spaces are the same name. */
const folded = (text: string): string => text.normalize('NFKC').trim().replaceAll(/\s+/g, ' ').toLowerCase();
const number = (digits: string): string => digits.replace(/^0+(?=\d)/, '');

/** Okta's ids differ by case; its names are compared as people read them. */
export const groupProblems = (groups: readonly Group[]): Problem[] =>
  twice(groups, ({ id, name }) => (id === undefined ? `name ${folded(name ?? '')}` : `id ${id.trim()}`)).map(
    ([index, other]) => ({ path: [index], message: refusals.groupTwice(`groups[${other}]`) }),
  );

export const productProblems = (products: readonly Product[]): Problem[] =>
  twice(products, ({ productId, inventoryProductId, customizationId }) =>
    [number(productId), number(inventoryProductId), folded(customizationId)].join(' '),
  ).map(([index, other]) => ({ path: [index], message: refusals.productTwice(`products[${other}]`) }));

/** Of two tenants whose names differ by case alone; a name with capitals is refused in any case. */
export const tenantProblems = (names: readonly string[]): Problem[] =>
  twice(names, folded).map(([index, other]) => ({
    path: [names[index] ?? ''],
    message: refusals.tenantTwice(names[other] ?? ''),
  }));

/** The secrets of a hook, as references: two that name the same place cannot be an old and a new one. */
export const referenceProblems = (references: readonly unknown[]): Problem[] =>
  twice(references, (reference) => JSON.stringify(reference)).map(([index, other]) => ({
    path: [index],
    message: refusals.secretTwice(`secrets[${other}]`),
  }));

/** Each entry that has the key of an earlier one, with that one's index. */
export function twice<Entry>(entries: readonly Entry[], keyOf: (entry: Entry) => string): [number, number][] {
  const first = new Map<string, number>();
  return entries.flatMap((entry, index): [number, number][] => {
    const key = keyOf(entry);
    const other = first.get(key);
    if (other === undefined) first.set(key, index);
    return other === undefined ? [] : [[index, other]];
  });
}
