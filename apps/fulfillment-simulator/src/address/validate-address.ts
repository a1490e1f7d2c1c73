import { problem, problemsOf, type Answer, type Problem } from '../http/answer.ts';
import { judgeAddress } from './judge-address.ts';
import { mailingAddress } from './mailing-address.ts';

/** `POST /validate-address`: 200 with `status` and `details`; 400, in the same shape with `errors`, for an unusable address. */
export function validateAddress(body: unknown): Answer {
  const parsed = mailingAddress.safeParse(body);
  if (!parsed.success) return unusable(problemsOf(parsed.error));
  return { status: 200, body: describe(judgeAddress(parsed.data)) };
}

function unusable(problems: readonly Problem[]): Answer {
  const details = problems.map(({ field, message }) => ({ description: `${field} ${message}` }));
  return { status: 400, body: { ...problem(400, problems), status: 'undeliverable', details } };
}

function describe(verdict: ReturnType<typeof judgeAddress>): unknown {
  switch (verdict.kind) {
    case 'deliverable':
      return { status: 'deliverable', details: [] };
    case 'suggestion': {
      const { suggest_street_line1: street, suggest_city: city } = verdict.suggestion;
      return { status: 'deliverable', details: [{ description: `Did you mean ${street}, ${city}?` }] };
    }
    case 'undeliverable':
      return verdict.foundBy === 'full_check'
        ? { status: 'deliverable', details: [] }
        : {
            status: 'undeliverable',
            details: [{ description: 'The address is undeliverable or could not be understood.' }],
          };
  }
}
