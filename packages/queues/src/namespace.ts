/** Where our queues are in a store that others may use too: BullMQ's schema in Postgres, the prefix of our keys in Redis. */
export const postgresSchema = 'bullmq';
export const redisPrefix = 'keycourier';
