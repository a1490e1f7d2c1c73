import pg from 'pg';
import { z } from 'zod';

/** What this process sent in one message, in the order of the messages: a statement, or several. */
export interface LoggedMessage {
  connection: object;
  texts: readonly string[];
}

const sent = z.looseObject({ text: z.string().catch(''), before: z.array(z.object({ text: z.string() })).default([]) });

/** Logs each message with statements that a connection of this process sends, until `stop`. */
export function logMessages(): { messages: LoggedMessage[]; stop: () => void } {
  const messages: LoggedMessage[] = [];
  const queries = pg.Query.prototype;
  const { submit } = queries;
  queries.submit = function (connection): ReturnType<typeof submit> {
    const { text, before } = sent.parse(this);
    const message: LoggedMessage = { connection, texts: [...before.map((one) => one.text), text] };
    messages.push(message);
    return submit.call(this, connection);
  };
  return {
    messages,
    stop: () => {
      queries.submit = submit;
    },
  };
}

export interface Transaction {
  messages: readonly LoggedMessage[];
  isWriting: boolean;
}

/** The transactions that messages were sent in; one outside of any is a transaction of its own. */
export function transactionsOf(messages: readonly LoggedMessage[]): Transaction[] {
  const begun = new Map<object, LoggedMessage[]>();
  const ended: LoggedMessage[][] = [];
  for (const message of messages) {
    const { texts, connection } = message;
    const all = [...(begun.get(connection) ?? []), message];
    const isOpen = begun.has(connection) || texts.some((text) => /^begin/i.test(text));
    if (isOpen && !texts.some((text) => /^(commit|rollback)$/i.test(text))) begun.set(connection, all);
    else {
      ended.push(all);
      begun.delete(connection);
    }
  }
  return ended.map((all) => ({ messages: all, isWriting: textsOf(all).some(isWrite) }));
}

export const textsOf = (messages: readonly LoggedMessage[]): readonly string[] =>
  messages.flatMap(({ texts }) => texts);

/** Also a lock of a row is written. */
const isWrite = (text: string): boolean =>
  /\b(insert into|update "?[a-z_]+"? (as|set)|delete from|nextval|for update|for share|pg_notify)/i.test(text);

/** What a message is about, for a table to read. */
export const kindOf = ({ texts }: LoggedMessage): string =>
  texts.map((text) => text.replaceAll(/\s+/g, ' ').replaceAll('"', '').trim().slice(0, 110)).join(' ; ');
