import type { ColumnName } from '../shipments/column-names.ts';
import type { Operator, Role } from '../sign-in/operator.ts';

export const timeStyles = ['relative', 'local', 'utc'] as const;
export type TimeStyle = (typeof timeStyles)[number];

/** Who reads a page, and how. */
export interface Viewer {
  operator: string;
  signedIn: Operator;
  /** As the log has it. */
  requestId: string | null;
  /** The tenant of the page, and those that the operator may open. */
  tenant: string;
  tenants: readonly string[];
  role: Role;
  /** Whether people of the tenant sign in to another org: its pages are there only then. */
  hasHub: boolean;
  /** For the page's forms. */
  token: string;
  now: Date;
  /** The path and the query of the page. */
  url: string;
  times: TimeStyle;
  /** Of the browser, where times are local. */
  timeZone: string;
  /** Whether single keys are shortcuts. */
  keys: boolean;
  /** Of lists of shipments, beside the person. */
  columns: readonly ColumnName[];
}

/** A path of the tenant's pages. */
export const pathIn = ({ tenant }: Pick<Viewer, 'tenant'>, path: string): string => `/t/${tenant}${path}`;

/** The same with a query of what is set. */
export function addressIn(
  viewer: Pick<Viewer, 'tenant'>,
  path: string,
  query: Readonly<Record<string, string | number | undefined>>,
): string {
  const pairs = Object.entries(query).flatMap(([name, value]) => (value === undefined ? [] : [[name, String(value)]]));
  const text = new URLSearchParams(pairs).toString();
  return pathIn(viewer, text === '' ? path : `${path}?${text}`);
}

/** The actor of an audit entry. */
export const actorOf = ({ operator: id, role }: Viewer) => ({ kind: 'operator', id, role }) as const;
