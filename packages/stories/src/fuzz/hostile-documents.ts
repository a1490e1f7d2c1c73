import { envelope, groupAdd } from '@keycourier/receiver/testing/deliveries';
import fc, { type Arbitrary } from 'fast-check';

import { brokenJson, hostileJson, hostileText } from './hostile-values.ts';

/** An object's text, some of whose members are hostile, more than one of a name included. */
function objectOf(members: Readonly<Record<string, unknown>>): Arbitrary<string> {
  const own = Object.entries(members).map(([name, value]) =>
    fc.oneof(
      { weight: 30, arbitrary: fc.constant(`${JSON.stringify(name)}:${JSON.stringify(value) ?? 'null'}`) },
      { weight: 1, arbitrary: hostileJson.map((text) => `${JSON.stringify(name)}:${text}`) },
      { weight: 1, arbitrary: fc.constant('') },
    ),
  );
  const value = fc.oneof({ weight: 30, arbitrary: hostileJson }, { weight: 1, arbitrary: brokenJson });
  const more = fc.oneof(fc.constant([]), fc.array(fc.tuple(hostileText, value), { maxLength: 2 }));
  return fc.tuple(fc.tuple(...own), more).map(([known, others]) => {
    const all = [...known, ...others.map(([name, text]) => `${JSON.stringify(name)}:${text}`)];
    return `{${all.filter((one) => one !== '').join(',')}}`;
  });
}

const event: Arbitrary<string> = fc.oneof(
  fc.uuid().chain((uuid) => objectOf(groupAdd(uuid))),
  fc
    .tuple(
      fc.uuid(),
      fc.constantFrom(
        'user.lifecycle.deactivate',
        'user.account.update_profile',
        'system.mfa.preregister.initiate',
        'group.user_membership.remove',
      ),
    )
    .chain(([uuid, eventType]) => objectOf(groupAdd(uuid, { eventType }))),
  hostileJson,
);

export const delivery: Arbitrary<string> = fc
  .tuple(
    fc.array(event, { maxLength: 6 }),
    fc.oneof({ weight: 40, arbitrary: fc.constant(1) }, { weight: 1, arbitrary: fc.constantFrom(80, 600) }),
  )
  .chain(([events, times]) => {
    const list = Array.from({ length: times }, () => events)
      .flat()
      .join(',');
    return objectOf({ ...envelope([]), data: null }).map((text) =>
      text.replace(/"data":null/, () => `"data":{"events":[${list}]}`),
    );
  });

const person = {
  login: 'ada@acme.example',
  purpose: 'backup',
  note: 'Starts on Monday',
  productId: '1',
  inventoryProductId: '106',
  customizationId: 'RXJN83',
};
const address = {
  firstName: 'Ada',
  lastName: 'Lovelace',
  streetAddress: '1 Canary Wharf',
  city: 'London',
  zipCode: 'E14 5AB',
  countryCode: 'GB',
};

export const jsonBody: Arbitrary<string> = fc.oneof(
  fc
    .tuple(fc.emailAddress(), objectOf(address))
    .chain(([login, profile]) =>
      objectOf({ ...person, login, profile: null }).map((text) =>
        text.replace(/"profile":null/, () => `"profile":${profile}`),
      ),
    ),
  objectOf({ fields: address }),
  objectOf({ decision: 'accept' }),
  objectOf({ name: 'x', scopes: ['read'], requestsPerMinute: 10 }),
  objectOf({ enabled: true }),
  objectOf({ graceHours: 1 }),
  hostileJson,
);

const row = fc.emailAddress().chain((login) => objectOf({ ...person, ...address, login }));

export const jsonBatch: Arbitrary<string> = fc
  .tuple(
    fc.array(fc.oneof({ weight: 4, arbitrary: row }, { weight: 1, arbitrary: hostileJson }), { maxLength: 8 }),
    fc.oneof({ weight: 20, arbitrary: fc.constant(1) }, { weight: 1, arbitrary: fc.constant(40) }),
  )
  .map(
    ([rows, times]) =>
      `{"rows":[${Array.from({ length: times }, () => rows)
        .flat()
        .join(',')}]}`,
  );

const cell = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom(...Object.values({ ...person, ...address })) },
  { weight: 1, arbitrary: hostileText },
  { weight: 1, arbitrary: hostileText.map((text) => `"${text.replaceAll('"', '""')}"`) },
);

const header = fc.subarray([...Object.keys(person), ...Object.keys(address), 'zip_code', 'First Name', 'email', '']);

export const csvFile: Arbitrary<string> = fc
  .record({
    first: fc.constantFrom('', '', '', 'sep=;\n', '\ufeff', '\ufeffsep=,\r\n', 'sep=\\t\n'),
    columns: fc.oneof(
      { weight: 4, arbitrary: header.map((names) => ['login', ...names.filter((name) => name !== 'login')]) },
      { weight: 1, arbitrary: fc.array(hostileText, { maxLength: 5 }) },
    ),
    rows: fc.array(fc.tuple(fc.emailAddress(), fc.array(cell, { maxLength: 12 })), { maxLength: 12 }),
    separator: fc.constantFrom(',', ',', ';', '\t', '|'),
    end: fc.constantFrom('\n', '\r\n', '\r'),
    times: fc.oneof({ weight: 20, arbitrary: fc.constant(1) }, { weight: 1, arbitrary: fc.constant(30) }),
  })
  .map(({ first, columns, rows, separator, end, times }) => {
    const lines = Array.from({ length: times }, () =>
      rows.map(([login, cells]) => [login, ...cells].join(separator)),
    ).flat();
    return `${first}${[columns.join(separator), ...lines].join(end)}${end}`;
  });
