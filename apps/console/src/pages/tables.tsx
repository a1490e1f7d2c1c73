import type { ComponentChildren, VNode } from 'preact';

import { Time } from './time.tsx';
import type { Viewer } from './viewer.ts';

interface TableProps {
  /** The headings of the columns. */
  head: readonly string[];
  /** Rows stay where they are when the page changes, and new ones are counted: each row then needs an id. */
  isLive?: boolean;
  children: ComponentChildren;
}

/** Rows on a sheet; on a phone each row is a card, in which `data-label` of a cell stands for the heading. */
export const Table = ({ head, isLive = false, children }: TableProps): VNode => (
  <div class="sheet">
    <table>
      <thead>
        <tr>
          {head.map((title) => (
            <th key={title} scope="col">
              {title}
            </th>
          ))}
        </tr>
      </thead>
      <tbody {...(isLive ? { 'data-rows': true } : {})}>{children}</tbody>
    </table>
  </div>
);

interface TimeCellProps {
  at: Date | null;
  label?: string;
  viewer: Viewer;
  children?: ComponentChildren;
}

export const TimeCell = ({ at, label, viewer, children }: TimeCellProps): VNode => (
  <td class="nowrap" data-label={label}>
    <Time at={at} viewer={viewer} />
    {children}
  </td>
);

interface PagerProps {
  /** Null where the page is the first, or the last. */
  newest?: string | null;
  older: string | null;
  /** What the next page has. */
  title?: string;
}

/** The pages of a list that is read by its cursor. */
export const Pager = ({ newest = null, older, title = 'Older' }: PagerProps): VNode => (
  <nav class="pager" aria-label="Pages">
    {newest !== null && <a href={newest}>Newest</a>}
    {older !== null && (
      <a rel="next" href={older}>
        {title}
      </a>
    )}
  </nav>
);
