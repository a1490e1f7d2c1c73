import { appTarget } from '../apps/app.ts';
import {
  groupEvent,
  deleteTargetGroup,
  pushGroup,
  pushMembers,
  pushNow,
  renameGroup,
} from '../group-push/push-group.ts';
import type { EventTypeName } from '../system-log/event-types.ts';
import type { EventDraft } from '../system-log/log-event.ts';
import { importUsers } from './import-users.ts';
import { provisionUser } from './provision-user.ts';
import type { Task, TaskKind } from './task.ts';
import { deactivate, pushPassword, pushProfile, userEvent } from './user-tasks.ts';
import type { Done, Work } from './work.ts';

type About = 'user' | 'group' | 'app';

interface Kind {
  about: About;
  run: (work: Work) => Promise<Done>;
  /** The event of a failure. */
  event: EventTypeName;
  /** Okta's own step, of a user's login or a group's name. */
  step: (who: string) => string;
}

const errorWhile = (doing: string) => (who: string) => `Error while ${doing} ${who}`;

/** How each kind of task is done, and what its failure is called. */
export const taskKinds: Readonly<Record<TaskKind, Kind>> = {
  create: {
    about: 'user',
    run: provisionUser,
    event: 'application.provision.user.push',
    step: errorWhile('creating user'),
  },
  profile: {
    about: 'user',
    run: pushProfile,
    event: 'application.provision.user.push_profile',
    step: errorWhile('trying to push profile update for'),
  },
  password: {
    about: 'user',
    run: pushPassword,
    event: 'application.provision.user.push_okta_password',
    step: errorWhile('trying to push password for'),
  },
  deactivate: {
    about: 'user',
    run: deactivate,
    event: 'application.provision.user.deactivate',
    step: errorWhile('deactivating user'),
  },
  push_group: {
    about: 'group',
    run: pushGroup,
    event: 'application.provision.group_push.pushed',
    step: errorWhile('creating user group'),
  },
  rename_group: {
    about: 'group',
    run: renameGroup,
    event: 'application.provision.group_push.updated',
    step: errorWhile('updating user group'),
  },
  push_members: {
    about: 'group',
    run: pushMembers,
    event: 'application.provision.group_push.push_memberships',
    step: errorWhile('updating members of user group'),
  },
  push_now: {
    about: 'group',
    run: pushNow,
    event: 'application.provision.group_push.push_memberships',
    step: errorWhile('updating members of user group'),
  },
  delete_group: {
    about: 'group',
    run: deleteTargetGroup,
    event: 'application.provision.group_push.removed',
    step: errorWhile('deleting user group'),
  },
  import: {
    about: 'app',
    run: importUsers,
    event: 'application.provision.user.import',
    step: () => 'Error while importing users',
  },
};

/** The sentence under Dashboard > Tasks. */
export function problemOf({ app, task }: Pick<Work, 'app' | 'task'>, message: string): string {
  const { about, step } = taskKinds[task.kind];
  switch (about) {
    case 'user':
      return `Automatic provisioning of user ${task.data.name} to app ${app.label} failed: ${step(task.data.login)}: ${message}`;
    case 'group':
      return `Unable to update Group Push mapping target App group ${task.data.name}: ${step(task.data.name)}: ${message}`;
    case 'app':
      return `Import from app ${app.label} failed: ${step('')}: ${message}`;
  }
}

/** The event of a task that has failed. */
export function failureEvent(work: Pick<Work, 'app' | 'task'>, failure: string): EventDraft {
  const { about, event } = taskKinds[work.task.kind];
  if (about === 'user') return userEvent(work, event, failure);
  if (about === 'group') return groupEvent(work, event, failure);
  return { type: event, targets: [appTarget(work.app)], failure };
}

/** Tasks are about users, groups or an app; the table of mappings has only groups. */
export const isAboutGroup = ({ kind }: Pick<Task, 'kind'>): boolean => taskKinds[kind].about === 'group';
