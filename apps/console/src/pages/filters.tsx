import type { ComponentChildren, VNode } from 'preact';

import { countText } from './parts.tsx';

interface FiltersProps {
  /** The path of the list. */
  action: string;
  /** What other parts of the page have set goes along, so that the address stays the whole state. */
  kept?: Readonly<Record<string, string | undefined>>;
  button?: string;
  children: ComponentChildren;
}

/** The filter of a list: a form whose fields are the query of the address. */
export const Filters = ({ action, kept = {}, button = 'Filter', children }: FiltersProps): VNode => (
  <form class="filters" action={action}>
    {Object.entries(kept).map(
      ([name, value]) => value !== undefined && <input key={name} type="hidden" name={name} value={value} />,
    )}
    {children}
    <button class="small" type="submit">
      {button}
    </button>
  </form>
);

interface FieldProps {
  name: string;
  title: string;
  value: string | undefined;
  type?: 'search' | 'date';
  maxLength?: number;
}

export const FilterField = ({ name, title, value = '', type = 'search', maxLength = 256 }: FieldProps): VNode => (
  <label>
    {title}
    {type === 'date' ? (
      <input name={name} type="date" value={value} />
    ) : (
      <input name={name} type="search" value={value} maxLength={maxLength} autocomplete="off" spellcheck={false} />
    )}
  </label>
);

export interface Tab {
  title: string;
  href: string;
  isCurrent: boolean;
  count?: number;
}

interface TabsProps {
  label: string;
  tabs: readonly Tab[];
  /** Pages of one section, instead of filters of one list. */
  areParts?: boolean;
}

/** The few values of a list's main filter, or the pages of a section. */
export const Tabs = ({ label, tabs, areParts = false }: TabsProps): VNode => (
  <ul class={areParts ? 'tabs parts' : 'tabs'} aria-label={label}>
    {tabs.map(({ title, href, isCurrent, count }) => (
      <li key={title}>
        <a href={href} aria-current={isCurrent ? 'page' : undefined}>
          {title}
          {count !== undefined && <span class="number">{` ${countText(count)}`}</span>}
        </a>
      </li>
    ))}
  </ul>
);
