import { bearer, hrisSettings, oktaUser, peopleOf } from '../testing/hris-answers.ts';
import { serve } from '../testing/http-server.ts';
import { hrisContract } from './hris.contract.ts';

hrisContract('a small HRIS', async () => {
  const login = "ada+o'neil@acme.example";
  const people = {
    [login]: {
      name: { first: 'Ada', family: 'Lovelace' },
      salary: 100_000,
      addresses: [
        { kind: 'office', street: '9 Elsewhere Road' },
        { kind: 'home', street: '1 Market Street', unit: 'Apt 2', city: 'San Francisco', zip: 94_105, country: 'us' },
      ],
    },
  };
  const server = await serve(peopleOf(people));
  const home = 'addresses[kind="home"]';
  const mapping = {
    firstName: 'name.first',
    streetAddress: `$join([${home}.street, ${home}.unit], ", ")`,
    city: `${home}.city`,
    state: `${home}.state`,
    zipCode: `${home}.zip`,
    countryCode: `$uppercase(${home}.country)`,
  };
  return {
    settings: hrisSettings(server, { mapping }, { auth: { bearer: () => bearer } }),
    known: {
      user: oktaUser(login),
      person: {
        firstName: 'Ada',
        streetAddress: '1 Market Street, Apt 2',
        city: 'San Francisco',
        zipCode: '94105',
        countryCode: 'US',
      },
    },
    unknown: oktaUser('unknown@acme.example'),
    disconnect: server.close,
  };
});
