import type { SavedView } from '@keycourier/ledger/views/saved-views';
import type { VNode } from 'preact';

import { Token } from '../pages/layout.tsx';
import { pathIn, type Viewer } from '../pages/viewer.ts';
import { includesRole } from '../sign-in/operator.ts';

interface Props {
  views: readonly SavedView[];
  /** The page's own path below the tenant, and its query without a question mark. */
  path: string;
  query: string;
  viewer: Viewer;
}

/** The views that the tenant's operators saved, and a form that saves this one. */
export const ViewsMenu = ({ views, path, query, viewer }: Props): VNode => (
  <details class="menu views">
    <summary>Views</summary>
    <div class="sheet">
      {views.length === 0 && <p class="quiet">None was saved yet.</p>}
      {views.map((view) => (
        <a key={view.name} href={pathIn(viewer, view.query === '' ? view.path : `${view.path}?${view.query}`)}>
          {view.name}
        </a>
      ))}
      {includesRole(viewer.role, 'operator') && (
        <form method="post" action={pathIn(viewer, '/views')} class="form">
          <Token viewer={viewer} />
          <input type="hidden" name="path" value={path} />
          <input type="hidden" name="query" value={query} />
          <label class="field">
            Save this view as
            <input name="name" required maxLength={60} autocomplete="off" list="views" />
          </label>
          <datalist id="views">
            {views.map(({ name }) => (
              <option key={name} value={name} />
            ))}
          </datalist>
          <div class="actions">
            <button class="small" name="do" value="save">
              Save
            </button>{' '}
            <button class="small plain" name="do" value="remove">
              Remove
            </button>
          </div>
        </form>
      )}
    </div>
  </details>
);
