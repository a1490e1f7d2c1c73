/** CPU time that a shipment takes, in milliseconds, as measured. */
export interface Cost {
  workerMs: number;
  postgresMs: number;
  redisMs: number;
  receiverMs: number;
  /** On the machine of the bench alone: services and clients that are elsewhere in production. */
  otherMs: number;
}

export interface Constants {
  cost: Cost;
  /** For a shipment. */
  commits: number;
  rowsWritten: number;
  oktaCalls: number;
  diskKb: number;
  /** With a million shipments behind it, of the cost with a thousand. */
  growth: number;
}

/** Of a core, what is planned with: the rest is for checkpoints, vacuum, garbage collection and the minute of a peak. */
export const plannedShare = 0.6;

/**
 * Shipments a second where everything shares the cores of one machine, as in the bench. A worker has one thread, and so
 * has Redis; what is left of the cores is for all of them.
 */
export function onOneMachine(cost: Cost, { cores, workers }: { cores: number; workers: number }): number {
  const all = cost.workerMs + cost.postgresMs + cost.redisMs + cost.receiverMs + cost.otherMs;
  const ofWorkers = (workers * 1_000) / cost.workerMs;
  const ofRedis = cost.redisMs === 0 ? Number.POSITIVE_INFINITY : 1_000 / cost.redisMs;
  return Math.min(ofWorkers, ofRedis, (cores * 1_000) / all);
}

/** Shipments a second that a Postgres server of its own carries, with a million shipments behind. */
export const onPostgres = ({ cost, growth }: Constants, cores: number): number =>
  (cores * 1_000 * plannedShare) / (cost.postgresMs * growth);

export interface Deployment {
  /** In the busiest second. */
  perSecond: number;
  postgresCores: number;
  workers: number;
  /** Share of Redis' one thread. */
  redisShare: number;
  commitsPerSecond: number;
  diskGbPerYear: number;
  rowsPerDay: number;
}

/** A tenth of the day's shipments come in its busiest hour, and in the busiest minutes of it at twice the rate. */
const peakOfDay = (0.1 * 2) / 3_600;

/** What so many shipments a day take. */
export function deploymentFor(constants: Constants, perDay: number): Deployment {
  const { cost, commits, rowsWritten, diskKb, growth } = constants;
  const perSecond = perDay * peakOfDay;
  const coresFor = (ms: number): number => (perSecond * ms) / 1_000 / plannedShare;
  return {
    perSecond,
    postgresCores: coresFor(cost.postgresMs * growth),
    workers: Math.max(2, Math.ceil(coresFor(cost.workerMs))),
    redisShare: (perSecond * cost.redisMs) / 1_000,
    commitsPerSecond: perSecond * commits,
    diskGbPerYear: (perDay * 365 * diskKb) / 1_048_576,
    rowsPerDay: perDay * rowsWritten,
  };
}

/** What so many deliveries of one event each take a second, in the busiest second: receivers (two at least), and cores of Postgres. */
export const receiversFor = (
  { receiverMs, postgresMs }: Pick<Cost, 'receiverMs' | 'postgresMs'>,
  perSecond: number,
): { receivers: number; postgresCores: number } => ({
  receivers: Math.max(2, Math.ceil((perSecond * receiverMs) / 1_000 / plannedShare)),
  postgresCores: (perSecond * postgresMs) / 1_000 / plannedShare,
});

/** Shipments an hour of one tenant, by the share of its org's rate limit that is used for them. */
export const ofOneTenant = (
  { oktaCalls }: Constants,
  { limitPerMinute, share }: { limitPerMinute: number; share: number },
): number => (limitPerMinute * 60 * share) / oktaCalls;
