// Stand-ins for receivers, for tests: an HTTP server that keeps what it is sent and answers as
// told, and an SMTP server that takes mail.
// Guarantees: on loopback, on a free port; close() ends every connection.
// Example: const pager = await httpStandIn(); pager.answer = () => ({ status: 503 }); … pager.heard
import { createServer as createHttpServer, type IncomingHttpHeaders } from 'node:http';
import { createServer as createTcpServer, type AddressInfo, type Socket } from 'node:net';

export type HeardRequest = {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
};

export type Answer = {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** Never answers. */
  readonly hangs?: boolean;
};

export type HttpStandIn = {
  readonly url: string;
  readonly heard: HeardRequest[];
  answer: (request: HeardRequest, count: number) => Answer;
  close(): Promise<void>;
};

export async function httpStandIn(status = 202): Promise<HttpStandIn> {
  const heard: HeardRequest[] = [];
  const server = createHttpServer((request, response) => {
    let body = '';
    request.setEncoding('utf8');
    request.on('data', (chunk: string) => (body += chunk));
    request.on('end', () => {
      const { method = '', url: path = '', headers } = request;
      const one = { method, path, headers, body };
      heard.push(one);
      const answer = standIn.answer(one, heard.length);
      if (answer.hangs === true) return;
      response.writeHead(answer.status, { ...answer.headers }).end('{}');
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const standIn: HttpStandIn = {
    url: `http://127.0.0.1:${port}`,
    heard,
    answer: () => ({ status }),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
  return standIn;
}

export type SmtpStandIn = {
  readonly port: number;
  /** Whole messages, headers and all. */
  readonly heard: string[];
  /** The answer to the end of a message. */
  answer: string;
  close(): Promise<void>;
};

/** As much of RFC 5321 as a client needs to hand over a message without TLS. */
export async function smtpStandIn(): Promise<SmtpStandIn> {
  const heard: string[] = [];
  const sockets = new Set<Socket>();
  const server = createTcpServer((socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => undefined);
    socket.setEncoding('utf8');
    let text = '';
    let isData = false;
    const say = (line: string): void => void socket.write(`${line}\r\n`);
    say('220 stand-in ready');
    socket.on('data', (chunk) => {
      text += String(chunk);
      for (;;) {
        const end = isData ? text.indexOf('\r\n.\r\n') : text.indexOf('\r\n');
        if (end < 0) return;
        const part = text.slice(0, end);
        text = text.slice(end + (isData ? 5 : 2));
        if (isData) {
          isData = false;
          if (standIn.answer.startsWith('2')) heard.push(part);
          say(standIn.answer);
          continue;
        }
        const verb = part.slice(0, 4).toUpperCase();
        isData = verb === 'DATA';
        if (verb === 'EHLO') say('250-stand-in\r\n250 8BITMIME');
        else if (isData) say('354 go on');
        else if (verb === 'QUIT') socket.end('221 bye\r\n');
        else say('250 ok');
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const standIn: SmtpStandIn = {
    port: (server.address() as AddressInfo).port,
    heard,
    answer: '250 taken',
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
  return standIn;
}
