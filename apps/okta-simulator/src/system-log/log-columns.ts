import type { Columns } from '../http/scim-filter.ts';

const inEvent = /^(actor|client|outcome|transaction|debugContext|securityContext|authenticationContext)\.[\w.]+$/;

/** The attributes that /api/v1/logs can filter on, without `published`, which `since` and `until` replace. */
export const logColumns: Columns = (attribute, bind) => {
  if (attribute === 'eventType') return { sql: 'event_type', kind: 'text' };
  if (attribute === 'uuid') return { sql: 'uuid::text', kind: 'text' };
  if (['displayMessage', 'severity', 'legacyEventType', 'version'].includes(attribute))
    return { sql: `body ->> ${bind(attribute)}::text`, kind: 'text' };
  if (inEvent.test(attribute)) return { sql: `body #>> ${bind(attribute.split('.'))}::text[]`, kind: 'text' };
  const [list, ...path] = attribute.split('.');
  if (list !== 'target' || path.length === 0) return undefined;
  return {
    sql: `target #>> ${bind(path)}::text[]`,
    kind: 'text',
    around: (condition) =>
      `exists (select from jsonb_array_elements(body -> 'target') as targets (target) where ${condition})`,
  };
};
