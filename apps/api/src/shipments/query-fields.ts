import type { Status } from '@keycourier/journey/plan';
import { z } from 'zod';

/** `true` or `false`; false where it is not given. */
export const flag = z
  .enum(['true', 'false'])
  .default('false')
  .transform((text) => text === 'true');

const statuses = {
  failed: 'failed',
  cancelled: 'cancelled',
  held: 'held',
  completed: 'completed',
  pin_sent: 'pin_sent',
  activated: 'activated',
  in_transit: 'in_transit',
  ordered: 'ordered',
  ready: 'ready',
  requested: 'requested',
} as const satisfies { [Name in Status]: Name };

export const status = z.enum(statuses);

/** Control characters are in no id and no login, and NUL is in no text of Postgres'. */
export const user = z.string().regex(/^[^\p{C}]{1,254}$/u);

const shipmentIdPattern = /^shp_[0-9a-z]{26}$/;

export const isShipmentId = (text: string): boolean => shipmentIdPattern.test(text);

/** Opaque to callers: the id that the page before ended with, in base64url. */
export const cursor = z
  .string()
  .max(100)
  .transform((text) => Buffer.from(text, 'base64url').toString('latin1'))
  .refine(isShipmentId);

export const toCursor = (shipmentId: string): string => Buffer.from(shipmentId, 'latin1').toString('base64url');

export const limit = z
  .string()
  .regex(/^\d{1,3}$/)
  .transform(Number)
  .pipe(z.int().min(1).max(100))
  .default(50);
