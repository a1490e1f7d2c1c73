import type { RejectedRow } from '@keycourier/ledger/batches/batches';
import type { BatchRow } from '@keycourier/ledger/batches/read-rows';
import { describeProblem, type DescribedProblem } from '@keycourier/messages/describe-problem';

import { toDto } from '../shipments/shipment-dto.ts';
import type { BatchRowDto } from './batch-schema.ts';

export function toRowDto(result: BatchRow): BatchRowDto {
  switch (result.outcome) {
    case 'rejected':
      return {
        row: result.row,
        status: 'rejected',
        user: result.subject,
        shipmentId: null,
        trackingUrl: null,
        problems: result.problems.map(describeProblem),
        suggestion: null,
      };
    case 'accepted': {
      const { id, status, user, parcel, problems } = toDto(result.shipment);
      const { trackingUrl } = parcel;
      const suggestion = withoutGaps(result.shipment.secrets.suggestion?.values ?? null);
      return { row: result.row, status, user, shipmentId: id, trackingUrl, problems, suggestion };
    }
  }
}

const withoutGaps = (values: Readonly<Record<string, string | undefined>> | null): Record<string, string> | null =>
  values === null
    ? null
    : Object.fromEntries(
        Object.entries(values).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
      );

export const describeRejected = (rejected: readonly RejectedRow[]): { row: number; problems: DescribedProblem[] }[] =>
  rejected.map(({ row, problems }) => ({ row, problems: problems.map(describeProblem) }));
