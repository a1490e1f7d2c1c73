import type { RegistrationAttempt, RegistrationPort, RegistrationResult } from '../ports/registration.ts';

/** A person's registration in memory. */
export interface MemoryRegistration {
  attempt: RegistrationAttempt;
  isLeased: boolean;
  results: RegistrationResult[];
  requestIds: string[];
}

/** The port on a map, for one process. */
export function memoryRegistrations(rows: Map<string, MemoryRegistration>): RegistrationPort {
  const problems = new Set<string>();
  const end = async ({ id }: RegistrationAttempt): Promise<void> => {
    const row = rows.get(id);
    if (row !== undefined) row.isLeased = false;
  };
  return {
    claim: async (id) => {
      const row = rows.get(id);
      if (row === undefined) return { outcome: 'nothing_to_do' };
      if (row.isLeased) return { outcome: 'already_running', retryAfterMs: 1_000 };
      row.isLeased = true;
      return { outcome: 'claimed', attempt: row.attempt };
    },
    finish: async (attempt, result) => {
      const row = rows.get(attempt.id);
      row?.results.push(result);
      if (row !== undefined && row.attempt.version !== attempt.version)
        return { outcome: 'changed', attempt: row.attempt };
      await end(attempt);
      const isNew = result.problem !== null && !problems.has(result.problem);
      if (result.problem !== null) problems.add(result.problem);
      return { outcome: 'ended', isNewSettingsProblem: isNew };
    },
    postpone: end,
    drop: end,
    noteWrite: async ({ id }, requestId) => void rows.get(id)?.requestIds.push(requestId),
    writesOf: async (_, userId) => {
      const row = [...rows.values()].find(({ attempt }) => attempt.userId === userId);
      if (row === undefined) return null;
      return { registrationId: row.attempt.id, requestIds: row.requestIds, isRunning: row.isLeased };
    },
  };
}
