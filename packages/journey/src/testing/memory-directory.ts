import type { MembersEvent } from '../1-intake/directory-event.ts';
import type { ProfileField } from '../model/profile.ts';
import type { DirectoryPerson, DirectoryPort, SoughtPerson } from '../ports/directory.ts';

export interface MemoryPerson {
  userId: string | null;
  login: string;
  inactiveSince: Date | null;
  profile: Readonly<Partial<Record<ProfileField, string>>>;
  /** By the id of the group, its name. */
  groups: ReadonlyMap<string, string>;
  welcome: 'due' | 'claimed' | 'not_yet' | 'not_due';
}

/** The directory of one tenant in memory. */
export interface MemoryDirectory {
  people: Map<string, MemoryPerson>;
  /** What an event for each member was recorded of. */
  recorded: MembersEvent[];
}

export const memoryDirectory = (): MemoryDirectory => ({ people: new Map(), recorded: [] });

export function samplePerson(person: Partial<MemoryPerson> = {}): MemoryPerson {
  const login = 'zuzana@work.example';
  return {
    userId: '00u1',
    login,
    inactiveSince: null,
    profile: { firstName: 'Zuzana', email: login },
    groups: new Map([['grp_1', 'YubiKey 5C NFC']]),
    welcome: 'not_due',
    ...person,
  };
}

export function findInMemory(
  { people }: MemoryDirectory,
  sought: SoughtPerson,
): (MemoryPerson & DirectoryPerson) | null {
  const { personId, userId, login } = sought;
  const all = [...people].map(([id, person]) => ({ id, ...person }));
  return (
    all.find(({ id }) => id === personId) ??
    all.find((one) => userId !== null && one.userId === userId) ??
    all.find((one) => login !== null && one.login.toLowerCase() === login.toLowerCase()) ??
    null
  );
}

export function directoryPort(directory: MemoryDirectory): DirectoryPort {
  const change = (personId: string, changed: Partial<MemoryPerson>): void => {
    const person = directory.people.get(personId);
    if (person !== undefined) directory.people.set(personId, { ...person, ...changed });
  };
  return {
    findPerson: async (_, sought) => {
      const found = findInMemory(directory, sought);
      return found === null ? null : { id: found.id, inactiveSince: found.inactiveSince };
    },
    recordMembers: async (_, event) => void directory.recorded.push(event),
    readMembership: async (_, { personId, groupId }) => {
      const person = directory.people.get(personId);
      const groupName = person?.groups.get(groupId);
      return groupName === undefined ? null : { groupName, isActive: person?.inactiveSince === null };
    },
    readProfile: async (_, sought) => findInMemory(directory, sought)?.profile ?? null,
    claimWelcome: async (_, personId, { canMail }) => {
      const person = directory.people.get(personId);
      if (person?.welcome === 'not_yet') return { outcome: 'not_yet', afterMs: 500 };
      if (person?.welcome !== 'due') return { outcome: 'not_due', reason: 'the connection sends no enrollment mails' };
      if (!canMail) return { outcome: 'cannot_mail' };
      change(personId, { welcome: 'claimed' });
      return { outcome: 'claimed', to: person.login, firstName: person.profile.firstName ?? '' };
    },
    releaseWelcome: async (_, personId) => change(personId, { welcome: 'due' }),
  };
}
