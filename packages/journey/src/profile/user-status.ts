/** Okta's own words for somebody who must not be given a key now. Every other value, known to us or not, may. */
export const isActiveStatus = (status: string): boolean => status !== 'DEPROVISIONED' && status !== 'SUSPENDED';

/** A person who has not signed in yet: STAGED, or PROVISIONED and not yet activated (ARCHITECTURE.md, "Glossary"). */
export const isNewStatus = (status: string): boolean => status === 'STAGED' || status === 'PROVISIONED';
