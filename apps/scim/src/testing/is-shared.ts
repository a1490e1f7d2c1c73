/** Whether a statement is of all requests together: such are written once a second, or after a commit. */
export const isShared = (text: string): boolean => /scim_counts|scim_failures|pg_notify/.test(text);
