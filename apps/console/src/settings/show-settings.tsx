import type { TenantConfig } from '@keycourier/config/tenant';
import { listApiKeys, type ListedKey } from '@keycourier/ledger/api-keys/api-keys';
import type { VNode } from 'preact';

import { renderPage } from '../pages/layout.tsx';
import { Command, Empty, Facts, Head, Section } from '../pages/parts.tsx';
import { Table, TimeCell } from '../pages/tables.tsx';
import type { ShowPage } from '../pages/tenant-pages.ts';
import { Time } from '../pages/time.tsx';
import type { Viewer } from '../pages/viewer.ts';

/** What keycourier.yaml says of the tenant, without a secret, and its API keys. */
export const showSettings: ShowPage = async ({ ledger, tenants }, viewer) => {
  const tenant = tenants.get(viewer.tenant);
  if (tenant === undefined) return null;
  const keys = await listApiKeys(ledger, viewer.tenant);
  const children = <SettingsView tenant={tenant} keys={keys} viewer={viewer} />;
  return renderPage({ title: 'Settings', section: 'settings', viewer, children });
};

interface Props {
  tenant: TenantConfig;
  keys: readonly ListedKey[];
  viewer: Viewer;
}

const SettingsView = ({ tenant, keys, viewer }: Props): VNode => (
  <>
    <Head title="Settings" />
    <Section id="tenant" title="Tenant">
      <Facts rows={factsOf(tenant)} />
      <p class="quiet">They are set in keycourier.yaml; a process reads it when it starts.</p>
    </Section>
    <Products tenant={tenant} />
    <Section id="api-keys" title="API keys">
      {keys.length === 0 ? <Empty title="There is no API key" /> : <Keys keys={keys} viewer={viewer} />}
    </Section>
    {keys.some(({ owner, revokedAt }) => owner === null && revokedAt === null) ? (
      <Command text="keycourier keys set-owner <key id> <login>" />
    ) : null}
    <Command text="keycourier keys list" />
  </>
);

const factsOf = ({ okta, pin, addresses, catchUp, retention, maxRequestsInFlight, deactivationGrace }: TenantConfig) =>
  [
    ['Okta org', okta.orgUrl],
    ['PIN is mailed by', pin.channel === 'smtp' ? 'keycourier' : 'Okta'],
    ['PIN is released', pin.release.replaceAll('_', ' ')],
    [
      'PIN goes to',
      pin.recipient === 'both' ? 'both addresses' : 'the secondary address of new users, else the primary',
    ],
    ['Other addresses than the sources’', addresses.overrides.replaceAll('_', ' ')],
    ['Requests at the provider at once', String(maxRequestsInFlight)],
    ['System Log is read', catchUp.enabled ? 'yes' : 'no'],
    ['Grace after a deactivation', `${Math.round(deactivationGrace / 60_000)} min`],
    ['Personal data is kept', `${retention.personalDataDays} days after the end of a shipment`],
    ['Events are kept', `${retention.eventBodyDays} days`],
  ] as const;

const Products = ({ tenant: { products, groups } }: { tenant: TenantConfig }): VNode => (
  <Section id="products" title="Products and trigger groups">
    <Table head={['Product', 'Inventory', 'Customization', 'Groups']}>
      {products.map(({ productId, inventoryProductId, customizationId }) => (
        <tr key={`${productId} ${inventoryProductId} ${customizationId}`}>
          <td data-label="product">{productId}</td>
          <td data-label="inventory">{inventoryProductId}</td>
          <td data-label="customization">{customizationId}</td>
          <td>
            {groups
              .filter((group) => group.productId === productId)
              .map((group) => group.name ?? group.id)
              .join(', ')}
          </td>
        </tr>
      ))}
    </Table>
  </Section>
);

const Keys = ({ keys, viewer }: Pick<Props, 'keys' | 'viewer'>): VNode => (
  <Table head={['Key', 'Owner', 'Scopes', 'Last used', 'Ends']}>
    {keys.map((key) => (
      <tr key={key.id}>
        <td>
          {key.name}
          <code class="code">{key.id}</code>
        </td>
        <td data-label="owner">{key.owner ?? <span class="quiet">not known</span>}</td>
        <td>{key.scopes.join(', ')}</td>
        <TimeCell at={key.lastUsedAt} label="last used" viewer={viewer} />
        <td class="nowrap" data-label="ends">
          <End apiKey={key} viewer={viewer} />
        </td>
      </tr>
    ))}
  </Table>
);

function End({ apiKey: { revokedAt, expiresAt }, viewer }: { apiKey: ListedKey; viewer: Viewer }): VNode {
  if (revokedAt !== null)
    return (
      <span class="quiet">
        {'revoked '}
        <Time at={revokedAt} viewer={viewer} />
      </span>
    );
  return expiresAt === null ? <span class="quiet">never</span> : <Time at={expiresAt} viewer={viewer} />;
}
