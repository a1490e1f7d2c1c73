import type { GroupProblem, GroupTarget, MemberProblem } from '@keycourier/journey/hub/group-changes';
import type { ImportAction, ImportProblem, SourcedState } from '@keycourier/journey/hub/import-changes';
import type { HubPersonProblem, InitialStatus, MirrorStateName } from '@keycourier/journey/hub/person-changes';
import { comparisonPhases, type ComparisonKind } from '@keycourier/journey/ports/hub-comparisons';
import type { ColumnType, Generated } from 'kysely';

type Time = Date;
/** A column that is `bigint`: node-postgres gives those as text. */
type Version = ColumnType<string, string | number | undefined, string | number>;

/** What is known of hubs, and of their people. */
export interface HubTables extends SourcingTables {
  hub_links: {
    tenant: string;
    org_url: string;
    client_id: string | null;
    public_jwk: ColumnType<unknown, string, never>;
    private_key: string;
    created_by: string;
    created_at: Generated<Time>;
  };
  hub_tests: {
    tenant: string;
    id: string;
    requested_at: Generated<Time>;
    lease_id: string | null;
    leased_until: Time | null;
    ended_at: Time | null;
    org_url: string | null;
    checks: ColumnType<unknown, string | null, string | null>;
  };
  hub_settings: {
    tenant: string;
    revision: Version;
    creates: Generated<boolean>;
    updates: Generated<boolean>;
    deactivates: Generated<boolean>;
    reactivates: Generated<boolean>;
    status_on_create: Generated<InitialStatus>;
    status_on_link: Generated<InitialStatus>;
    status_on_reactivation: Generated<InitialStatus>;
    sends_email: Generated<boolean>;
    mapping: ColumnType<unknown, string | undefined, string>;
    compare_every_ms: ColumnType<string | null, number | null | undefined, number | null>;
    compare_due_at: Time | null;
    sources: Generated<boolean>;
    source_creates: Generated<boolean>;
    source_deactivates: Generated<boolean>;
    source_reactivates: Generated<boolean>;
    source_max_share: Generated<number>;
    source_every_ms: ColumnType<string | null, number | null | undefined, number | null>;
    source_due_at: ColumnType<Time | null, Time | null | undefined, Time | null>;
    source_seen_until: ColumnType<Time | null, Time | null | undefined, Time | null>;
    source_full_due_at: ColumnType<Time | null, Time | null | undefined, Time | null>;
  };
  link_assignments: {
    tenant: string;
    subject_kind: 'person' | 'group';
    spoke_id: string;
    initial_status: InitialStatus | null;
    question: string | null;
    has_key: Generated<boolean>;
    assigned_by: string;
    assigned_at: Generated<Time>;
  };
  mirrors: {
    id: string;
    tenant: string;
    okta_user_id: string;
    hub_org: string | null;
    hub_user_id: string | null;
    state: Generated<MirrorStateName>;
    creating_login: string | null;
    is_forced: Generated<boolean>;
    version: Version;
    written_version: ColumnType<string | null, string | null | undefined, string | null>;
    written_hash: string | null;
    wanted_at: Generated<Time>;
    written_at: Time | null;
    problem: HubPersonProblem | null;
    problem_fields: string[] | null;
    problem_since: Time | null;
    drift: Generated<string[]>;
    lease_id: string | null;
    leased_until: Time | null;
    check_due_at: ColumnType<Time | null, Time | null | undefined, Time | null>;
  };
  comparisons: {
    id: string;
    tenant: string;
    kind: ComparisonKind;
    state: Generated<ComparisonState>;
    dry_run: Generated<boolean>;
    cursor: string | null;
    settings_revision: ColumnType<string | null, string | null | undefined, string | null>;
    pages: Generated<number>;
    counts: ColumnType<unknown, string | undefined, string>;
    held_share: number | null;
    problem: string | null;
    requested_by: string;
    requested_at: Generated<Time>;
    started_at: Time | null;
    ended_at: Time | null;
    lease_id: string | null;
    leased_until: Time | null;
  };
  mirror_groups: {
    id: string;
    tenant: string;
    okta_group_id: string;
    group_name: string | null;
    target: GroupTarget;
    target_id: string | null;
    target_name: string | null;
    hub_org: string | null;
    hub_group_id: string | null;
    is_paused: Generated<boolean>;
    is_deleting: Generated<boolean>;
    version: Version;
    written_version: ColumnType<string | null, string | null | undefined, string | null>;
    members: number | null;
    pushed_at: Time | null;
    problem: GroupProblem | null;
    problem_since: Time | null;
    lease_id: string | null;
    leased_until: Time | null;
    check_due_at: ColumnType<Time | null, Time | null | undefined, Time | null>;
    created_by: string;
    created_at: Generated<Time>;
  };
  mirror_members: {
    group_id: string;
    tenant: string;
    okta_user_id: string;
    wanted: boolean | null;
    is_due: Generated<boolean>;
    version: Version;
    problem: MemberProblem | null;
  };
  compared_people: {
    comparison_id: string;
    okta_user_id: string;
    hub_user_id: string | null;
    wanted_hash: string | null;
    login_index: string | null;
    is_present: Generated<boolean>;
    outcome: string | null;
    is_due: Generated<boolean>;
    is_off: Generated<boolean>;
  };
}

/** What is known of people whose source is the hub. */
export interface SourcingTables {
  sourced_people: {
    tenant: string;
    hub_user_id: string;
    hub_org: ColumnType<string | null, string | null | undefined, string | null>;
    okta_user_id: string | null;
    state: SourcedState;
    creating_login: string | null;
    left_at: Time | null;
  };
  import_targets: {
    import_id: string;
    okta_user_id: string;
    login_index: string;
    content_hash: string;
    is_plain: boolean;
  };
  imported_people: {
    import_id: string;
    hub_user_id: string;
    okta_user_id: string | null;
    action: ImportAction;
    fields: Generated<string[]>;
    problem: ImportProblem | null;
    written_at: Time | null;
  };
}

export const comparisonStates = [...comparisonPhases, 'held', 'ended', 'rejected', 'failed'] as const;

export type ComparisonState = (typeof comparisonStates)[number];
