import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';

import { startMailServer, type MailServer } from '../testing/mail-server.ts';
import { api, enroll, enrollmentIdOf, sendPin } from '../testing/preregistration.ts';
import { createProvider, type Provider } from '../testing/provider.ts';
import { createUser, startOrg, type RunningOrg } from '../testing/running-org.ts';

let org: RunningOrg;
let provider: Provider;
let mailServer: MailServer;

beforeAll(async () => {
  mailServer = await startMailServer();
  org = await startOrg({ smtpUrl: mailServer.url });
  provider = await createProvider();
});

afterAll(async () => {
  await org.close();
  await mailServer.close();
});

describe('send-pin', () => {
  async function activated(query = ''): Promise<{ userId: string; enrollmentId: string }> {
    const userId = await createUser(org, { email: 'ada@work.example', secondEmail: 'ada@home.example' }, query);
    const enrolled = await enroll(org, provider, userId);
    await org.call('POST', `${api}/activate`, await provider.program(enrolled, { pin: '90210777' }));
    return { userId, enrollmentId: enrollmentIdOf(enrolled) };
  }

  test('mails the PIN to the primary address of an active user on each call', async () => {
    const { userId, enrollmentId } = await activated();
    mailServer.mails.length = 0;
    expect((await sendPin(org, userId, enrollmentId)).status).toBe(204);
    expect((await sendPin(org, userId, enrollmentId)).status).toBe(204);
    expect(mailServer.mails.map(({ to }) => to)).toEqual([['ada@work.example'], ['ada@work.example']]);
    const text = mailServer.mails[0]?.raw.split('\r\n\r\n').slice(1).join('\r\n\r\n') ?? '';
    expect(text.match(/\d{4,}/g)).toEqual(['90210777']);
  });

  test('mails the PIN to the secondary address of a STAGED user', async () => {
    const { userId, enrollmentId } = await activated('?activate=false');
    mailServer.mails.length = 0;
    expect((await sendPin(org, userId, enrollmentId)).status).toBe(204);
    expect(mailServer.mails.map(({ to }) => to)).toEqual([['ada@home.example']]);
  });

  test('is refused before activation', async () => {
    const userId = await createUser(org);
    const enrolled = await enroll(org, provider, userId);
    const reply = await sendPin(org, userId, enrollmentIdOf(enrolled));
    expect(reply).toMatchObject({ status: 400, body: { errorCode: 'E0000001' } });
  });

  test('is forbidden in an org without a mail server', async () => {
    const mute = await startOrg();
    try {
      const userId = await createUser(mute);
      const enrolled = await enroll(mute, provider, userId);
      expect(await sendPin(mute, userId, enrollmentIdOf(enrolled))).toMatchObject({
        status: 403,
        body: { errorCode: 'E0000006', errorCauses: [{ errorSummary: expect.stringMatching(/mail server/) }] },
      });
    } finally {
      await mute.close();
    }
  });
});
