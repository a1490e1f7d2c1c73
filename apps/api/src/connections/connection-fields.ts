import { mappingRow, userNameRules } from '@keycourier/ledger/directory/connections/connection';
import { z } from 'zod';

const describe = (schema: z.ZodType<boolean>, description: string) => schema.meta({ description });

const optionTexts = {
  sendEnrollmentMails:
    'Send enrollment mails: each person who is new by sync gets one mail, if the address is valid. It holds no PIN',
  includeManual:
    'Include manually provisioned users: a write of this client to a user or group that was entered by hand takes it over. Switch it on before `readAll`',
  readAll:
    'Read all users: the client reads the users and groups of other connections, too, and takes one over by a write that changes something',
  takeOverByLocalPart:
    'A new user takes over an existing one whose user name has the same part before the @, if exactly one has and no shipment of theirs is open',
} as const;

export type OptionName = keyof typeof optionTexts;

const option = (name: OptionName) => describe(z.boolean(), optionTexts[name]);

/** Members of a connection, in requests and answers alike. */
export const options = {
  sendEnrollmentMails: option('sendEnrollmentMails'),
  includeManual: option('includeManual'),
  readAll: option('readAll'),
  takeOverByLocalPart: option('takeOverByLocalPart'),
};

export const rules = userNameRules.meta({
  id: 'UserNameRules',
  description:
    'What new user names have to look like: `startsWithLetter`, `maxLength` in characters, and `otherCharacters`, the only ones allowed beside letters and digits. Absent rules do not apply',
});

const mapping = z
  .array(
    mappingRow.extend({
      source: mappingRow.shape.source.meta({ description: 'The attribute’s name in the client, for people to read' }),
      path: mappingRow.shape.path.meta({
        description: 'A path of a SCIM User, such as `name.givenName` or `phoneNumbers[type eq "mobile"].value`',
      }),
      target: mappingRow.shape.target.meta({
        description:
          'The field of a shipment’s profile that it fills: `firstName`, `lastName`, `primaryPhone`, `organization`, `streetAddress`, `city`, `state`, `zipCode` or `countryCode`; null: none. Never an e-mail address, since PINs go there',
      }),
    }),
  )
  .min(1)
  .max(200)
  .nullable()
  .meta({ description: 'The whole attribute mapping; null: the default one' });

const name = z.string().regex(/^[^\s\p{C}](?:[^\p{C}]{0,98}[^\s\p{C}])?$/u);

const off = z.boolean().default(false);

export const newConnectionBody = z.strictObject({
  name,
  sendEnrollmentMails: describe(off, optionTexts.sendEnrollmentMails),
  includeManual: describe(off, optionTexts.includeManual),
  readAll: describe(off, optionTexts.readAll),
  takeOverByLocalPart: describe(off, optionTexts.takeOverByLocalPart),
  mapping: mapping.default(null),
  userNameRules: rules.prefault({}),
  expiresInDays: z.int().min(1).max(3_650).optional().meta({
    description: 'The first token stops working after this time; absent: never',
  }),
});

export const changedConnectionBody = z.strictObject({
  name: name.optional(),
  sendEnrollmentMails: options.sendEnrollmentMails.optional(),
  includeManual: options.includeManual.optional(),
  readAll: options.readAll.optional(),
  takeOverByLocalPart: options.takeOverByLocalPart.optional(),
  mapping: mapping.optional(),
  userNameRules: rules.optional(),
});

export const newTokenBody = z
  .strictObject({
    expiresInDays: z.int().min(1).max(3_650).optional().meta({ description: 'It stops working after this time' }),
  })
  .optional();

export const expiryOf = (expiresInDays: number | undefined): Date | null =>
  expiresInDays === undefined ? null : new Date(Date.now() + expiresInDays * 86_400_000);
