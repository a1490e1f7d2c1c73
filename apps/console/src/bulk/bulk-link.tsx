import type { VNode } from 'preact';

import { pathIn, type Viewer } from '../pages/viewer.ts';

/** From a list to an action on all that its filter selects; without a filter, to those that there are. */
export const BulkLink = ({ viewer, query }: { viewer: Viewer; query: string | null }): VNode => (
  <a class="button small plain" href={pathIn(viewer, query === null ? '/bulk' : `/bulk/new${query}`)}>
    {query === null ? 'Actions on filters' : 'Act on all of them'}
  </a>
);
