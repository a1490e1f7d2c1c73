/** The values of `scimType` (RFC 7644 §3.12, Table 9). */
export const scimTypes = [
  'invalidFilter',
  'tooMany',
  'uniqueness',
  'mutability',
  'invalidSyntax',
  'invalidPath',
  'noTarget',
  'invalidValue',
  'invalidVers',
  'sensitive',
] as const;

export type ScimType = (typeof scimTypes)[number];

export interface ScimErrorDetails {
  status: number;
  scimType?: ScimType;
}

/**
 * A refusal as SCIM answers it. `detail` is all that an administrator sees of it in Okta's and Entra's consoles: one sentence
 * that names the attribute and the rule, and never a value.
 */
export class ScimError extends Error {
  override readonly name = 'ScimError';
  readonly code = 'scim_refused';
  /** Refusing a request is nothing that an operator must look at. */
  readonly level = 'info';
  readonly status: number;
  readonly scimType: ScimType | null;

  constructor(detail: string, { status, scimType }: ScimErrorDetails, options: ErrorOptions = {}) {
    super(detail, options);
    this.status = status;
    this.scimType = scimType ?? null;
  }
}

/** A 400 with its `scimType`. */
export const badRequest = (scimType: ScimType, detail: string): ScimError =>
  new ScimError(detail, { status: 400, scimType });
