/** A time of the API to the minute, in UTC. */
export const minuteOf = (time: string | null): string => time?.slice(0, 16).replace('T', ' ') ?? '';
