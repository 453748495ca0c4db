// What a receiver is to the sentinel: somebody who is given a notification, and says whether it
// arrived.
// Guarantees: send() never throws; it ends within the timeout; the words of a failure hold no
// secret and no address with one. Whether a repeated notification is one incident there is said by
// `deduplicates`.
// Example: const sent = await receiver.send(notification, { nowMs }); if (!sent.ok && sent.retry) …
import type { Notification, ToldAlert } from '@agentspine/alert/delivery';

export type Sent =
  | { readonly ok: true }
  | {
      readonly ok: false;
      /** The same may succeed later. */
      readonly retry: boolean;
      /** What the receiver asked for; 0 where it did not. */
      readonly afterMs: number;
      readonly code: 'SPINE_NOTIFY_UNREACHABLE' | 'SPINE_NOTIFY_REFUSED';
      readonly words: string;
    };

export type Receiver = {
  readonly id: string;
  readonly kind: string;
  /** By the incident's key: a repeated send opens nothing twice. */
  readonly deduplicates: boolean;
  send(notification: Notification, at: { readonly nowMs: number }): Promise<Sent>;
  /** Tells again what is still firing, for one that would let it go; Alertmanager alone. */
  refresh?(alerts: readonly ToldAlert[], at: { readonly nowMs: number }): Promise<Sent>;
  close?(): void;
};

export const SENT: Sent = { ok: true };

export const unreachable = (words: string, afterMs = 0): Sent => ({
  ok: false,
  retry: true,
  afterMs,
  code: 'SPINE_NOTIFY_UNREACHABLE',
  words,
});

export const refused = (words: string): Sent => ({
  ok: false,
  retry: false,
  afterMs: 0,
  code: 'SPINE_NOTIFY_REFUSED',
  words,
});
