import type { ColumnType, Generated, JSONColumnType } from 'kysely';

import type { MappingRow, UserNameRules } from './connections/connection.ts';

/** A column that is `bigint`: node-postgres gives those as text. */
type BigInteger = ColumnType<string, string | number | undefined, string | number>;

export interface DirectoryTables {
  scim_connections: {
    id: string;
    tenant: string;
    name: string;
    send_enrollment_mails: Generated<boolean>;
    include_manual: Generated<boolean>;
    read_all: Generated<boolean>;
    take_over_by_local_part: Generated<boolean>;
    mapping: JSONColumnType<readonly MappingRow[], string | undefined>;
    user_name_rules: JSONColumnType<UserNameRules, string | undefined>;
    created_by: string | null;
    created_at: Date;
    revoked_at: Date | null;
    last_request_at: Date | null;
    next_welcome_at: Date | null;
  };
  scim_tokens: {
    id: string;
    connection_id: string;
    kind: 'bearer' | 'client' | 'access';
    hash: Buffer;
    client_id: string | null;
    created_at: Generated<Date>;
    expires_at: Date | null;
    revoked_at: Date | null;
    last_used_at: Date | null;
  };
  people: {
    id: string;
    tenant: string;
    connection_id: string | null;
    owner: ColumnType<string, never, never>;
    user_name_index: string;
    local_part_index: string;
    external_id_index: string | null;
    active: boolean;
    deactivated_at: Date | null;
    created_at: Date;
    last_modified: Date;
    version: BigInteger;
    welcomed_at: Date | null;
    welcome_due_at: Date | null;
    tokens: Generated<string[]>;
  };
  person_attributes: { person_id: string; name: string; digest: string; sealed: string };
  directory_groups: {
    id: string;
    tenant: string;
    connection_id: string | null;
    owner: ColumnType<string, never, never>;
    display_name: string;
    folded: string;
    external_id: string | null;
    created_at: Date;
    last_modified: Date;
    version: BigInteger;
  };
  directory_members: { group_id: string; person_id: string; id: string; since: Date };
  directory_sizes: { id: Generated<string>; tenant: string; owner: string; users: BigInteger };
  scim_counts: {
    connection_id: string;
    /** node-postgres reads a date as midnight of the process's own zone: select it as text. */
    day: ColumnType<never, string, string>;
    shard: number;
    requests: BigInteger;
    refused: BigInteger;
    failed: BigInteger;
  };
  scim_failures: {
    connection_id: string;
    subject: string;
    person_id: string | null;
    at: Date;
    status: number;
    scim_type: string | null;
    detail: string;
    times: Generated<number>;
  };
}
