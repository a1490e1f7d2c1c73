import { userNameTaken } from '@keycourier/ledger/directory/users/apply-to-person';
import { defaultMapping } from '@keycourier/scim-protocol/mapping/default-mapping';
import type { z } from 'zod';

import type { connection, connectionDetails, token } from './connection-schema.ts';

export const tokenExample: z.output<typeof token> = {
  id: 'tok_01kab3v6d2m8zq4w0xrt5y7n9c',
  kind: 'bearer',
  createdAt: '2026-03-01T08:00:00.000Z',
  expiresAt: null,
  lastUsedAt: '2026-03-02T09:00:00.000Z',
  revokedAt: null,
};

export const secretExample = 'kcs_dGhpcy1pcy1ub3QtYS1rZXktYnV0LWxvb2tzLWxpa2U';

export const connectionExample: z.output<typeof connection> = {
  id: '01kab3v6d2m8zq4w0xrt5y7n9c',
  name: 'Okta',
  baseUrl: 'https://scim.example.com/scim/v2/01kab3v6d2m8zq4w0xrt5y7n9c',
  sendEnrollmentMails: false,
  includeManual: true,
  readAll: false,
  takeOverByLocalPart: false,
  userNameRules: {},
  tokens: [tokenExample],
  counts: {
    today: { requests: 42, refused: 1, failed: 0 },
    last7Days: { requests: 310, refused: 3, failed: 0 },
  },
  lastRequestAt: '2026-03-02T09:00:00.000Z',
  warnings: [],
  createdAt: '2026-03-01T08:00:00.000Z',
  createdBy: 'key_01kab3v6d2m8zq4w0xrt5y7n9c',
  revokedAt: null,
};

export const detailsExample: z.output<typeof connectionDetails> = {
  ...connectionExample,
  mapping: {
    isDefault: true,
    rows: defaultMapping.map(({ note = null, ...row }) => ({ ...row, note })),
  },
  errors: [
    {
      at: '2026-03-02T08:59:00.000Z',
      status: 409,
      scimType: 'uniqueness',
      detail: userNameTaken.detail,
      times: 3,
      subjectId: null,
    },
  ],
};
