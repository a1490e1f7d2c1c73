/** Where every SCIM connection's base URL begins on its host. */
export const scimPath = '/scim/v2';

/** The same with its host, without a slash at the end: the public URL, or where the process listens on this machine. */
export const scimUrlOf = ({
  SCIM_PUBLIC_URL,
  SCIM_PORT,
}: {
  SCIM_PUBLIC_URL?: string | undefined;
  SCIM_PORT: number;
}): string => `${(SCIM_PUBLIC_URL ?? `http://127.0.0.1:${SCIM_PORT}`).replace(/\/+$/, '')}${scimPath}`;
