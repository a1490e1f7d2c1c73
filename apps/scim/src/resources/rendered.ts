import type { JsonObject } from '@keycourier/scim-protocol/json';
import { toListResponse } from '@keycourier/scim-protocol/resources/list-response';

/** A JSON text in pieces, each of which was made by itself: other requests are served between two of them. */
export type Rendered = readonly string[];

/** A resource as its answer has it. */
export interface ReadResource {
  pieces: Rendered;
  version: number;
}

export const render = (resource: JsonObject): Rendered => [JSON.stringify(resource)];

/** A ListResponse of resources that are text already. */
export function renderList(
  { totalResults, startIndex }: { totalResults: number; startIndex: number },
  resources: readonly Rendered[],
): Rendered {
  const empty = toListResponse({ totalResults, startIndex, resources: [] });
  const head = { ...empty, itemsPerPage: resources.length };
  return appendList(head, 'Resources', resources);
}

/** An object's text with a list of texts as its last member, instead of an empty one. */
export function appendList(object: JsonObject, name: string, elements: readonly Rendered[]): Rendered {
  const { [name]: _empty, ...others } = object;
  const start = `${JSON.stringify(others).slice(0, -1)},${JSON.stringify(name)}:[`;
  return [start, ...elements.flatMap((element, index) => (index === 0 ? element : [',', ...element])), ']}'];
}
