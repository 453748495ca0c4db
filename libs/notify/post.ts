// One HTTP request to a receiver, and what its answer means.
// Guarantees: ends within the timeout; follows no redirect, so that nothing goes to a host the
// configuration does not name; 2xx is sent, 408, 425, 429 and 5xx may pass, everything else is
// refused; Retry-After is heard, in seconds or as a date, up to an hour; at most 2,000 bytes of an
// answer are read, and none of it reaches a message but the status.
// Example: await post({ url, body, headers: {}, timeoutMs: 10_000, nowMs }) → { ok: true }
import { refused, SENT, unreachable, type Sent } from './receiver.ts';

export type PostRequest = {
  readonly url: string;
  /** Sent as it is; JSON unless the headers say otherwise. */
  readonly body: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
  readonly nowMs: number;
};

const RETRY_AFTER_MAX_MS = 3_600_000;
const MAY_PASS = new Set([408, 425, 429]);

export async function post({ url, body, headers, timeoutMs, nowMs }: PostRequest): Promise<Sent> {
  try {
    const answer = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'user-agent': 'agentspine', ...headers },
      body,
      redirect: 'manual',
      signal: AbortSignal.timeout(timeoutMs),
    });
    // The connection is free again once the answer is read or given up.
    await answer.body?.cancel();
    if (answer.ok) return SENT;
    const words = `HTTP ${answer.status}`;
    if (!MAY_PASS.has(answer.status) && answer.status < 500) return refused(words);
    return unreachable(words, retryAfterMs(answer.headers.get('retry-after'), nowMs));
  } catch (error) {
    return unreachable(reasonOf(error, timeoutMs));
  }
}

/** Seconds, or a date; 0 where there is none or it makes no sense. */
export function retryAfterMs(header: string | null, nowMs: number): number {
  if (header === null) return 0;
  const text = header.trim();
  const ms = /^\d+$/u.test(text) ? Number(text) * 1_000 : Date.parse(text) - nowMs;
  return Number.isFinite(ms) ? Math.min(Math.max(ms, 0), RETRY_AFTER_MAX_MS) : 0;
}

/** Of undici and of sockets; never the url, which may be a secret. */
export function reasonOf(error: unknown, timeoutMs: number): string {
  if (!(error instanceof Error)) return 'an error';
  if (error.name === 'TimeoutError') return `no answer in ${timeoutMs} ms`;
  const { cause } = error;
  const code: unknown =
    cause instanceof Error && 'code' in cause ? cause.code : 'code' in error ? error.code : '';
  return typeof code === 'string' && /^[A-Z0-9_]{1,40}$/u.test(code) ? code : error.name;
}
