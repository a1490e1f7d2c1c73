/** For how many days a tenant keeps personal data (invariant 6). */
export interface Retention {
  /** Since the shipment ended: profile, login, note, envelopes. An open or held shipment keeps them. */
  personalDataDays: number;
  /** Since the event was processed or set aside. A received event keeps its body. */
  eventBodyDays: number;
  /** Since an audit entry was recorded: who acted, and why. The entry itself stays. */
  auditDays: number;
}

/** For a tenant that the config file no longer has: its personal data must not be kept for ever. */
export const standardRetention: Retention = { personalDataDays: 90, eventBodyDays: 30, auditDays: 730 };

/** Data from before these moments is erased. */
export interface CutOffs {
  ofTenants: readonly { tenant: string; before: Date }[];
  ofOthers: Date;
}

/** What one call erases: at most `limit` rows, by id, behind `after`, so that no call reads again what those before have erased. */
export interface Part {
  after: string;
  limit: number;
}

const dayMs = 24 * 3_600_000;

export const daysBefore = (now: Date, days: number): Date => new Date(now.getTime() - days * dayMs);

/** The moments before which one kind of data is erased, by tenant. */
export function cutOffs(retentions: Readonly<Record<string, Retention>>, kind: keyof Retention, now: Date): CutOffs {
  const before = (retention: Retention): Date => daysBefore(now, retention[kind]);
  return {
    ofTenants: Object.entries(retentions).map(([tenant, retention]) => ({ tenant, before: before(retention) })),
    ofOthers: before(standardRetention),
  };
}
