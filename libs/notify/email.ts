// E-mail by SMTP (RFC 5321), with nodemailer.
// Guarantees: the Message-ID is made of the idempotency key and the references of the incident, so
// that a repeat is recognisable and an incident is one thread; 4xx answers of the server may pass,
// 5xx are refused; plain text and the same as HTML, everything escaped; no password in a message.
// Example: const receiver = email({ id: 'mail', host, port: 587, security: 'starttls', from, to, …
// })
import type { Notification, ToldAlert } from '@agentspine/alert/delivery';
import nodemailer from 'nodemailer';
import { factsOf, headline } from './describe-alert.ts';
import { reasonOf } from './post.ts';
import { refused, SENT, unreachable, type Receiver } from './receiver.ts';

export type EmailOptions = {
  readonly id: string;
  readonly host: string;
  readonly port: number;
  readonly security: 'starttls' | 'tls' | 'none';
  readonly username: string;
  readonly password: string;
  readonly from: string;
  readonly to: readonly string[];
  readonly timeoutMs: number;
};

export function email(options: EmailOptions): Receiver {
  const { id, host, port, security, username, password, timeoutMs } = options;
  const transport = nodemailer.createTransport({
    host,
    port,
    secure: security === 'tls',
    requireTLS: security === 'starttls',
    ignoreTLS: security === 'none',
    ...(username !== '' && { auth: { user: username, pass: password } }),
    connectionTimeout: timeoutMs,
    greetingTimeout: timeoutMs,
    socketTimeout: timeoutMs,
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  return {
    id,
    kind: 'email',
    deduplicates: false,
    send: async (notification) => {
      try {
        await transport.sendMail(mailOf(notification, options));
        return SENT;
      } catch (error) {
        const status = (error as { responseCode?: unknown }).responseCode;
        if (typeof status !== 'number') return unreachable(reasonOf(error, timeoutMs));
        const words = `SMTP ${status}`;
        return status >= 500 ? refused(words) : unreachable(words);
      }
    },
    close: () => transport.close(),
  };
}

function mailOf(notification: Notification, { from, to }: EmailOptions) {
  const { id, incident, title, alerts, left, action } = notification;
  const more = left > 0 ? [`and ${left} more`] : [];
  const text = [title, ...alerts.map(textOf), ...more, `incident ${incident}`].join('\n\n');
  const html = [
    `<p><strong>${escaped(title)}</strong></p>`,
    ...alerts.map(htmlOf),
    ...more.map((words) => `<p>${words}</p>`),
    `<p><small>incident ${incident}</small></p>`,
  ].join('\n');
  const thread = `<${incident}@agentspine.invalid>`;
  return {
    from,
    to: [...to],
    subject: title,
    text,
    html,
    messageId: `<${id}@agentspine.invalid>`,
    ...(action === 'open' ? { references: thread } : { inReplyTo: thread, references: thread }),
    headers: {
      'X-AgentSpine-Id': id,
      'X-AgentSpine-Incident': incident,
      'Auto-Submitted': 'auto-generated',
    },
  };
}

function linksOf(alert: ToldAlert): readonly (readonly [string, string])[] {
  const links: readonly (readonly [string, string])[] = [
    ['runbook', alert.runbook],
    ['look', alert.link],
  ];
  return links.filter(([, value]) => value !== '');
}

function textOf(alert: ToldAlert): string {
  const lines = [...factsOf(alert), ...linksOf(alert)].map(
    ([name, value]) => `  ${name}: ${value}`,
  );
  return [headline(alert), ...lines].join('\n');
}

function htmlOf(alert: ToldAlert): string {
  const rows = [
    ...factsOf(alert).map(([name, value]) => [name, escaped(value)] as const),
    ...linksOf(alert).map(([name, url]) => {
      const shown = escaped(url);
      return [name, /^https?:/u.test(url) ? `<a href="${shown}">${shown}</a>` : shown] as const;
    }),
  ].map(([name, value]) => `<tr><td>${name}</td><td>${value}</td></tr>`);
  return `<h3>${escaped(headline(alert))}</h3>\n<table>${rows.join('')}</table>`;
}

function escaped(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}
