import type { Columns } from '../http/scim-filter.ts';

const times: Readonly<Record<string, string>> = {
  created: 'created',
  activated: 'activated',
  statusChanged: 'status_changed',
  passwordChanged: 'password_changed',
  lastUpdated: 'last_updated',
};

/** The attributes for `search` and `filter` of users. */
export const userColumns: Columns = (attribute, bind) => {
  if (attribute === 'id' || attribute === 'status') return { sql: attribute, kind: 'text' };
  const time = times[attribute];
  if (time !== undefined) return { sql: time, kind: 'time' };
  const [, name] = /^profile\.(\w+)$/.exec(attribute) ?? [];
  return name === undefined ? undefined : { sql: `profile ->> ${bind(name)}::text`, kind: 'text' };
};
