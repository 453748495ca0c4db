// Where alerts, notifications, silences, acknowledgements and the lease are kept: the port.
// Guarantees asked of an implementation: what save…() resolved for is there after kill -9; the
// newest save of a key counts; a save that is repeated changes nothing.
// Example: const stored = await store.load(nowMs)
import type { Alert } from './alert.ts';
import type { Delivery } from './delivery.ts';
import type { Acknowledgement, Silence } from './mute.ts';

/** With why it is not told now; '' where it is. */
export type KeptAlert = Alert & { readonly mutedBy: string };

export type Stored = {
  /** Alerts that are not over, and members of incidents that stand open. */
  readonly alerts: readonly Alert[];
  /** Newest delivery of each receiver and group. */
  readonly newest: readonly Delivery[];
  /** Deliveries that are waiting or sending. */
  readonly unsettled: readonly Delivery[];
  /** Silences that are not over. */
  readonly silences: readonly Silence[];
  readonly acknowledgements: readonly Acknowledgement[];
};

export type Lease = {
  /** Held by the one who asked. */
  readonly isHeld: boolean;
  readonly holder: string;
  /** How long it is held from now on. */
  readonly leftMs: number;
};

export interface AlertStore {
  load(nowMs: number): Promise<Stored>;
  saveAlerts(alerts: readonly KeptAlert[], nowMs: number): Promise<void>;
  saveDeliveries(deliveries: readonly Delivery[], nowMs: number): Promise<void>;
  saveSilence(silence: Silence): Promise<void>;
  saveAcknowledgement(ack: Acknowledgement): Promise<void>;
  /**
   * Takes or renews the right to run rounds; one holder at a time. isGone: the holder named is
   * known to be dead, so that its lease need not run out.
   */
  lease(holder: string, forMs: number, isGone?: (holder: string) => boolean): Promise<Lease>;
  /** Gives it back, where it is held. */
  release(holder: string): Promise<void>;
}
