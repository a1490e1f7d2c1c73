import { z } from 'zod';

/** Okta's answers, parsed tolerantly: unknown members stay out of the way, and what may be null is (invariant 8). */

export const userSchema = z.looseObject({
  id: z.string().min(1),
  status: z.string().min(1),
  profile: z.looseObject({ login: z.string().min(1) }),
});

export const groupSchema = z.looseObject({
  id: z.string().min(1),
  profile: z.looseObject({ name: z.string().min(1) }),
});

export const enrollmentSchema = z.looseObject({
  id: z.string().min(1),
  status: z.string().nullish(),
  created: z.date().nullish().catch(null),
});

/** One RP ID is requested, so there is exactly one credential request. */
export const enrollSchema = z.looseObject({
  pinRequestJwe: z.string().min(1),
  credRequests: z.tuple([
    z.looseObject({
      authenticatorEnrollmentId: z.string().min(1),
      keyId: z.string().min(1),
      credRequestJwe: z.string().min(1),
    }),
  ]),
});

export const activateSchema = z.looseObject({ authenticatorEnrollmentIds: z.array(z.string().min(1)) });

export const discoverySchema = z.looseObject({ issuer: z.url({ protocol: /^https?$/ }) });
