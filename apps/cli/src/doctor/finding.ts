/** What a check found: a line that says what is wrong, and one that says what would put it right. */
export interface Finding {
  /** `skipped`: it cannot be told from here, or something else must be put right first. */
  status: 'green' | 'yellow' | 'red' | 'skipped';
  message: string;
  fix?: string;
}

export const green = (message: string): Finding => ({ status: 'green', message });
export const skipped = (message: string): Finding => ({ status: 'skipped', message });
export const yellow = (message: string, fix: string): Finding => ({ status: 'yellow', message, fix });
export const red = (message: string, fix: string): Finding => ({ status: 'red', message, fix });

const order = ['red', 'yellow', 'skipped', 'green'] as const;

/** The gravest of several; with no trouble among them, `otherwise`. */
export function gravest(findings: readonly Finding[], otherwise: Finding): Finding {
  for (const status of order) {
    const found = findings.find((finding) => finding.status === status);
    if (found !== undefined && status !== 'green') return found;
  }
  return otherwise;
}
