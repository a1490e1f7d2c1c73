import { overridableFields, type OverridableField } from '@keycourier/journey/model/profile';
import type { Shipment } from '@keycourier/journey/model/shipment';
import { actionTexts } from '@keycourier/messages/actions';
import { describeProblem } from '@keycourier/messages/describe-problem';
import { offeredActions, problemsOf } from '@keycourier/operations/offered-actions';
import { diffChars } from 'diff';
import type { VNode } from 'preact';

import { Token } from '../pages/layout.tsx';
import { Command, Head, Notice, OptionalReason, Section } from '../pages/parts.tsx';
import { Table } from '../pages/tables.tsx';
import { pathIn, type Viewer } from '../pages/viewer.ts';
import type { KnownValues } from './known-values.ts';

interface Props {
  shipment: Shipment;
  known: KnownValues;
  /** Of the address on this page. */
  seen: string;
  viewer: Viewer;
  /** Whether the tenant accepts other addresses than those of its sources. */
  mayCorrect: boolean;
  problem?: string | undefined;
}

export const AddressView = ({ shipment, known, seen, viewer, mayCorrect, problem }: Props): VNode => {
  const isCorrectable = offeredActions(shipment).includes('correct');
  const isSuggested = Object.keys(shipment.secrets.suggestion?.values ?? {}).length > 0;
  return (
    <>
      <Head
        title="Address"
        above={{ href: pathIn(viewer, `/shipments/${shipment.id}`), text: shipment.secrets.login ?? shipment.id }}
      />
      {problem !== undefined && <Notice tone="bad">{problem}</Notice>}
      {isSuggested && isCorrectable && mayCorrect && (
        <Suggestion shipment={shipment} known={known} seen={seen} viewer={viewer} />
      )}
      <Values shipment={shipment} known={known} />
      {isCorrectable && mayCorrect && <CorrectionForm known={known} seen={seen} viewer={viewer} shipment={shipment} />}
      <p class="quiet">
        Opening this page is recorded in the audit log. The address that a PIN goes to comes from Okta and cannot be
        corrected here.
      </p>
      <Command text={`keycourier correct ${shipment.id}`} />
    </>
  );
};

const titles: Readonly<Record<OverridableField, string>> = {
  firstName: 'First name',
  lastName: 'Last name',
  primaryPhone: 'Phone',
  organization: 'Organization',
  streetAddress: 'Street',
  city: 'City',
  state: 'State or region',
  zipCode: 'Postal code',
  countryCode: 'Country',
};

/** Each value that would change, letter by letter, with the rule that it breaks. */
const Suggestion = ({
  shipment,
  known,
  seen,
  viewer,
}: Pick<Props, 'shipment' | 'known' | 'seen' | 'viewer'>): VNode => (
  <section aria-labelledby="suggestion" class="sheet padded">
    <h2 id="suggestion">Suggested</h2>
    <dl class="facts diff">
      {overridableFields.map((field) => {
        const suggested = shipment.secrets.suggestion?.values[field];
        if (suggested === undefined || suggested === known[field]) return null;
        return (
          <div key={field}>
            <dt>{titles[field]}</dt>
            <dd>
              <Letters before={known[field] ?? ''} after={suggested} />
            </dd>
          </div>
        );
      })}
    </dl>
    <form method="post">
      <Token viewer={viewer} />
      <input type="hidden" name="seen" value={seen} />
      <button type="submit" name="decision" value="accept">
        Accept the suggestion
      </button>{' '}
      {shipment.plan.order === 'placed' && (
        <button type="submit" name="decision" value="reject" class="plain">
          Ship as ordered
        </button>
      )}
    </form>
  </section>
);

/** What is removed and added, marked by more than colour. */
const Letters = ({ before, after }: { before: string; after: string }): VNode => (
  <>
    {diffChars(before, after).map(({ value, added, removed }, at) => {
      const key = `${at} ${value}`;
      if (removed) return <del key={key}>{value}</del>;
      return added ? <ins key={key}>{value}</ins> : <span key={key}>{value}</span>;
    })}
  </>
);

const Values = ({ shipment, known }: Pick<Props, 'shipment' | 'known'>): VNode => (
  <Section id="values" title="As the check read it">
    <Table head={['Field', 'Value', 'Source', 'Rule']}>
      {overridableFields.map((field) => (
        <tr key={field}>
          <th scope="row">{titles[field]}</th>
          <td>{known[field] ?? <span class="quiet">missing</span>}</td>
          <td data-label="from">{sourceOf(shipment, field) ?? ''}</td>
          <td>
            <Rule shipment={shipment} field={field} />
          </td>
        </tr>
      ))}
    </Table>
  </Section>
);

function sourceOf({ secrets }: Shipment, field: OverridableField): string | undefined {
  const { overrides, sourced, profile } = secrets;
  return overrides?.values[field]?.source ?? sourced?.profile[field]?.source ?? profile?.sources[field];
}

/** What is wrong with a value, or the lossless change that was made to it. */
function Rule({ shipment, field }: { shipment: Shipment; field: OverridableField }): VNode {
  const problems = problemsOf(shipment).filter((problem) => problem.field === field);
  const rules = shipment.secrets.profile?.normalisations.filter((one) => one.field === field) ?? [];
  return (
    <>
      {problems.map((problem) => (
        <span key={problem.code} class="message warn">
          {describeProblem(problem).message}
        </span>
      ))}
      {problems.length === 0 &&
        rules.map(({ rule }) => (
          <span key={rule} class="quiet">
            {rule.replaceAll('_', ' ')}
          </span>
        ))}
    </>
  );
}

const CorrectionForm = ({
  known,
  seen,
  viewer,
  shipment,
}: Pick<Props, 'known' | 'seen' | 'viewer' | 'shipment'>): VNode => (
  <Section id="enter" title="Enter a correction">
    <p class="quiet">{actionTexts.correct.effect}</p>
    <form method="post" class="form">
      <Token viewer={viewer} />
      <input type="hidden" name="seen" value={seen} />
      <div class="pairs">
        {overridableFields.map((field) => (
          <label key={field} class="field">
            {titles[field]}
            <input
              name={field}
              maxLength={200}
              autocomplete="off"
              defaultValue={shipment.secrets.suggestion?.values[field] ?? known[field] ?? ''}
            />
          </label>
        ))}
      </div>
      <OptionalReason />
      <div>
        <button type="submit" name="decision" value="enter">
          Correct this shipment
        </button>
      </div>
    </form>
  </Section>
);
