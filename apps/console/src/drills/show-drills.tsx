import type { SignInConfig } from '@keycourier/config/console';
import { describeGroup, describeRoles, explainRoles, rulesIn } from '@keycourier/config/explain-roles';
import { purposes } from '@keycourier/journey/model/purpose';
import type { Shipment } from '@keycourier/journey/model/shipment';
import type { Product } from '@keycourier/journey/model/tenant';
import { listFlows, type Flow } from '@keycourier/ledger/flows/flows';
import { listShipments } from '@keycourier/ledger/shipments/list-shipments';
import { readShipment } from '@keycourier/ledger/shipments/read-shipment';
import type { ComponentChildren, VNode } from 'preact';

import { renderPage, Token } from '../pages/layout.tsx';
import { Command, Head, Notice, Section } from '../pages/parts.tsx';
import { Table } from '../pages/tables.tsx';
import type { PagesContext, ShowPage } from '../pages/tenant-pages.ts';
import { pathIn, type Viewer } from '../pages/viewer.ts';
import { isShipmentId } from '../shipments/show-shipment.tsx';
import { DryRunResult } from './dry-run-result.tsx';

export const showDrills: ShowPage = (context, viewer, { query }) => {
  const groups = typeof query['groups'] === 'string' ? query['groups'].slice(0, 5_000) : undefined;
  const { run } = query;
  return pageOfDrills(context, viewer, { groups, run: typeof run === 'string' && isShipmentId(run) ? run : undefined });
};

interface Opened {
  /** One name a line. */
  groups?: string | undefined;
  /** The dry run. */
  run?: string | undefined;
  problem?: string;
}

export async function pageOfDrills(context: PagesContext, viewer: Viewer, opened: Opened): Promise<string> {
  const { ledger, tenants, console } = context;
  const { tenant } = viewer;
  const shipment = opened.run === undefined ? null : await readShipment(ledger, tenant, opened.run);
  const dryRun = shipment?.plan.dryRun === true ? shipment : null;
  const user = dryRun?.secrets.login ?? dryRun?.user.id ?? null;
  const others = user === null ? [] : (await listShipments(ledger, { tenant, limit: 5, user, dryRun: false })).items;
  const flows = await listFlows(ledger, tenant);
  const children = (
    <DrillsView
      {...{ viewer, opened, dryRun, others, flows }}
      signIn={console.signIn}
      products={tenants.get(tenant)?.products ?? []}
    />
  );
  const live = dryRun === null ? {} : { live: dryRun.id };
  return renderPage({ title: 'Drills', section: 'drills', viewer, ...live, children });
}

interface Props {
  viewer: Viewer;
  opened: Opened;
  dryRun: Shipment | null;
  /** Other shipments of the same person. */
  others: readonly Shipment[];
  flows: readonly Flow[];
  signIn: SignInConfig | undefined;
  products: readonly Product[];
}

const DrillsView = ({ viewer, opened, dryRun, others, flows, signIn, products }: Props): VNode => (
  <>
    <Head title="Drills" />
    <Section id="run" title="What would happen to a request?">
      {opened.problem !== undefined && <Notice tone="bad">{opened.problem}</Notice>}
      {dryRun !== null && <DryRunResult {...{ shipment: dryRun, others, flows, viewer }} />}
      <DryRunForm products={products} viewer={viewer} />
    </Section>
    <Section id="roles" title="Which role would a sign-in have?">
      <Roles signIn={signIn} groups={opened.groups} viewer={viewer} />
    </Section>
    <Command text="keycourier ship ada@acme.example --dry-run --wait" />
    <Command text="keycourier roles 'keycourier admins'" />
  </>
);

const DryRunForm = ({ products, viewer }: { products: readonly Product[]; viewer: Viewer }): VNode => (
  <form method="post" action={pathIn(viewer, '/drills')} class="form sheet padded">
    <Token viewer={viewer} />
    <p class="quiet">
      The worker looks the person up in Okta and the other sources, and checks the address, also with the provider.
      Nothing is ordered or mailed. The dry run is recorded.
    </p>
    <Field title="Login or Okta id">
      <input name="user" required maxLength={256} autocomplete="off" spellcheck={false} />
    </Field>
    <Field title="Product">
      <select name="product">
        {products.map(({ productId, inventoryProductId, customizationId }, index) => (
          <option key={index} value={index}>
            {`${productId}, inventory ${inventoryProductId}, customization ${customizationId}`}
          </option>
        ))}
      </select>
    </Field>
    <Field title="Purpose">
      <select name="purpose">
        {purposes.map((purpose) => (
          <option key={purpose} value={purpose}>
            {purpose}
          </option>
        ))}
      </select>
    </Field>
    <div>
      <button type="submit">Start a dry run</button>
    </div>
  </form>
);

const Field = ({ title, children }: { title: string; children: ComponentChildren }): VNode => (
  <label class="field">
    {title}
    {children}
  </label>
);

function Roles({ signIn, groups, viewer }: { signIn: SignInConfig | undefined; viewer: Viewer } & Opened): VNode {
  if (signIn === undefined)
    return <p>Operators sign in with accounts of the operators’ file alone: their roles stand there.</p>;
  const names = [...new Set((groups ?? '').split(/\r?\n/).filter((name) => name !== ''))].slice(0, 200);
  return (
    <>
      {names.length > 0 && <Answer signIn={signIn} names={names} viewer={viewer} />}
      <form action={pathIn(viewer, '/drills')} class="form sheet padded">
        <p class="quiet">
          The console holds no credential of Okta: enter the names of the groups as Okta’s claim has them. A sign-in
          that is refused shows the names that came.
        </p>
        <Field title="Groups, one a line">
          <textarea name="groups" rows={4} maxLength={5_000} spellcheck={false}>
            {groups ?? ''}
          </textarea>
        </Field>
        <div>
          <button type="submit">Explain</button>
        </div>
      </form>
      <details>
        <summary>{`The rules of ${viewer.tenant}`}</summary>
        <Table head={['Group', 'Role', 'In']}>
          {rulesIn(signIn, viewer.tenant).map(({ name, role, tenant }) => (
            <tr key={`${name} ${role}`}>
              <td>{name}</td>
              <td data-label="role:">{role}</td>
              <td data-label="in:">{tenant ?? 'all tenants'}</td>
            </tr>
          ))}
        </Table>
      </details>
    </>
  );
}

function Answer({ signIn, names, viewer }: { signIn: SignInConfig; names: readonly string[]; viewer: Viewer }): VNode {
  const { role, isAdmitted, groups } = explainRoles(signIn, { tenant: viewer.tenant, groups: names });
  return (
    <>
      <Notice tone={role === null ? 'warn' : 'good'}>{describeRoles(viewer.tenant, { role, isAdmitted })}</Notice>
      <Table head={['Group', 'Role', 'Because']}>
        {groups.map((group) => (
          <tr key={group.name}>
            <td>{group.name}</td>
            <td data-label="role:">{group.role ?? 'none'}</td>
            <td>{describeGroup(viewer.tenant, group)}</td>
          </tr>
        ))}
      </Table>
    </>
  );
}
