import type { Role } from '../sign-in/operator.ts';
import type { IconName } from './icons.tsx';

interface Section {
  name: IconName;
  title: string;
  /** Below the tenant's pages; null where it is not one of the tenant's. */
  path: string;
  /** The least role that opens it. */
  role: Role;
  /** Only of a tenant with a hub. */
  needsHub?: true;
}

const all = [
  { name: 'overview', title: 'Overview', path: '', role: 'viewer' },
  { name: 'shipments', title: 'Shipments', path: '/shipments', role: 'viewer' },
  { name: 'held', title: 'Held', path: '/held', role: 'viewer' },
  { name: 'batches', title: 'Batches', path: '/batches', role: 'viewer' },
  { name: 'events', title: 'Events', path: '/events', role: 'viewer' },
  { name: 'people', title: 'People', path: '/people', role: 'viewer' },
  { name: 'flows', title: 'Flows', path: '/flows', role: 'viewer' },
  { name: 'connections', title: 'Connections', path: '/connections', role: 'viewer' },
  { name: 'hub', title: 'Hub', path: '/hub', role: 'viewer', needsHub: true },
  { name: 'drills', title: 'Drills', path: '/drills', role: 'operator' },
  { name: 'audit', title: 'Audit', path: '/audit', role: 'admin' },
  { name: 'settings', title: 'Settings', path: '/settings', role: 'admin' },
] as const satisfies readonly Section[];

export type SectionName = (typeof all)[number]['name'];

/** The console's pages, in the order of the navigation. */
export const sections: readonly (Section & { name: SectionName })[] = all;
