import { outsideId } from '@keycourier/journey/model/outside-id';
import { z } from 'zod';

/** Okta's answers, parsed tolerantly: unknown members stay out of the way, and what may be null is (invariant 8). */

export const userSchema = z.looseObject({
  id: outsideId,
  status: z.string().min(1),
  profile: z.looseObject({ login: z.string().min(1) }),
});

/** A group of a list, of which only the id counts. */
export const idSchema = z.looseObject({ id: outsideId });

export const groupSchema = z.looseObject({
  id: outsideId,
  profile: z.looseObject({ name: z.string().min(1) }),
});

export const enrollmentSchema = z.looseObject({
  id: outsideId,
  status: z.string().nullish(),
  created: z.date().nullish().catch(null),
});

/** One RP ID is requested, so there is exactly one credential request. */
export const enrollSchema = z.looseObject({
  pinRequestJwe: z.string().min(1),
  credRequests: z.tuple([
    z.looseObject({
      authenticatorEnrollmentId: outsideId,
      keyId: outsideId,
      credRequestJwe: z.string().min(1),
    }),
  ]),
});

export const activateSchema = z.looseObject({ authenticatorEnrollmentIds: z.array(outsideId) });

export const discoverySchema = z.looseObject({ issuer: z.url({ protocol: /^https?$/ }) });
