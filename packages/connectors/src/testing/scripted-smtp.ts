import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';

import { listening, portOf } from './http-server.ts';

export interface ScriptedSmtp {
  url: string;
  /** Every RCPT line of the latest mail, the lines of its message, and how many connections there were. */
  heard: { recipients: string[]; message: string[]; connections: number };
  /** Changes what it says from now on. */
  say: (other: Script) => void;
  /** Ends all connections, as a server does with those that are idle. The clients have closed them, too, when it resolves. */
  hangUp: () => Promise<void>;
  close: () => Promise<void>;
}

/** The server's answer to a command: a reply, `reset`, or nothing more (`hang`). `.` is the end of the message. */
export type Script = Readonly<Partial<Record<'greeting' | 'EHLO' | 'MAIL' | 'RCPT' | 'DATA' | '.', string>>>;

const standard: Required<Script> = {
  greeting: '220 ready',
  EHLO: '250 hello',
  MAIL: '250 ok',
  RCPT: '250 ok',
  DATA: '354 go on',
  '.': '250 taken',
};

/** A mail server that follows a script exactly, for behaviour that a real one never has. */
export async function scriptedSmtp(script: Script): Promise<ScriptedSmtp> {
  const lines = { ...standard, ...script };
  const sockets = new Set<Socket>();
  const heard: ScriptedSmtp['heard'] = { recipients: [], message: [], connections: 0 };
  const server = createServer((socket) => {
    sockets.add(socket);
    heard.connections += 1;
    socket.on('error', () => undefined);
    socket.on('close', () => sockets.delete(socket));
    const say = (line: string): void => {
      if (line === 'reset') socket.resetAndDestroy();
      else if (line !== 'hang') socket.write(`${line}\r\n`);
    };
    let inMessage = false;
    let pending = '';
    socket.setEncoding('utf8');
    socket.on('data', (chunk: string) => {
      pending += chunk;
      for (let end = pending.indexOf('\r\n'); end >= 0; end = pending.indexOf('\r\n')) {
        const line = pending.slice(0, end);
        pending = pending.slice(end + 2);
        const command = inMessage ? (line === '.' ? '.' : '') : line.slice(0, 4).toUpperCase();
        if (command === 'DATA' && lines.DATA.startsWith('354')) inMessage = true;
        if (command === '.') inMessage = false;
        if (command === 'MAIL') Object.assign(heard, { recipients: [], message: [] });
        if (command === 'RCPT') heard.recipients.push(line);
        if (inMessage && command === '') heard.message.push(line);
        if (command === 'EHLO' || command === 'MAIL' || command === 'RCPT' || command === 'DATA' || command === '.')
          say(lines[command]);
      }
    });
    say(lines.greeting);
  });
  await listening(server);
  return {
    url: `smtp://127.0.0.1:${portOf(server)}`,
    heard,
    say: (other) => void Object.assign(lines, other),
    hangUp: async () => {
      const closed: Promise<unknown>[] = [];
      for (const socket of sockets) {
        closed.push(once(socket, 'close'));
        socket.end();
      }
      await Promise.all(closed);
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}
