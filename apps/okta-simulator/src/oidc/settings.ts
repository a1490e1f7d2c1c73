import { z } from 'zod';

/** How the org signs people in; the defaults are a custom authorization server's with the claim `groups` in every ID token. */
export const oidcSchema = z.strictObject({
  /** As the org's own authorization server: what the scopes ask for is at `/userinfo` alone. */
  thinIdToken: z.boolean().default(false),
  /** The filter of the claim: names that start with it. */
  groupsFilter: z.string().default(''),
  /** As reported of orgs with many groups: silently, no more than this many are in the claim. */
  groupsLimit: z.number().int().min(1).nullable().default(null),
  /** Values of `acr_values` that the org does not know: it ignores them without a word. */
  unknownAcr: z.array(z.string()).default([]),
  /** `max_age` is ignored too: the answer says that the user signed in an hour ago. */
  staleSignIn: z.boolean().default(false),
  /** The ID token has another nonce than the one of the request. */
  otherNonce: z.boolean().default(false),
  /** Whether discovery names an `end_session_endpoint`. */
  endSession: z.boolean().default(true),
});

export type OidcSettings = z.output<typeof oidcSchema>;
