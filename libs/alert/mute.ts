// Why an alert is not told now: a silence, an inhibition, an acknowledgement.
// Guarantees: pure; an alert does not inhibit itself; a silence counts from its start to its end.
// Example: muteOf(alert, world)?.words → 'silenced until 2026-11-27T18:00:00Z: deploy'
import { isOpen, type Alert } from './alert.ts';
import { labelsOf, matches, type Matcher } from './matcher.ts';
import type { Inhibition } from './routes.ts';

export type Silence = {
  readonly id: string;
  readonly match: Matcher;
  readonly startsAtMs: number;
  readonly endsAtMs: number;
  readonly by: string;
  readonly comment: string;
  readonly createdAtMs: number;
};

/** Somebody takes care of an incident: it is not repeated until it is over. */
export type Acknowledgement = {
  readonly key: string;
  /** Of the incident: the alert's pendingAtMs. */
  readonly pendingAtMs: number;
  readonly by: string;
  readonly comment: string;
  readonly atMs: number;
};

/** In words, why it is not told; '' where it is. */
export function mutedBy(
  alert: Alert,
  silences: readonly Silence[],
  inhibitions: readonly Inhibition[],
  all: readonly Alert[],
  nowMs: number,
): string {
  const labels = labelsOf(alert);
  const silence = silences.find(
    (one) => one.startsAtMs <= nowMs && nowMs < one.endsAtMs && matches(one.match, labels),
  );
  if (silence !== undefined) {
    return `silenced until ${new Date(silence.endsAtMs).toISOString()}: ${silence.comment}`;
  }
  for (const { when, mute, equal } of inhibitions) {
    if (!matches(mute, labels)) continue;
    const source = all.find((other) => {
      if (other.key === alert.key || !isOpen(other)) return false;
      const theirs = labelsOf(other);
      // Two that mute each other would silence both.
      if (matches(mute, theirs) && matches(when, labels)) return false;
      return matches(when, theirs) && equal.every((name) => theirs[name] === labels[name]);
    });
    if (source !== undefined) return `inhibited by ${source.ruleId}`;
  }
  return '';
}

export function isAcknowledged(alert: Alert, acks: readonly Acknowledgement[]): boolean {
  return acks.some((ack) => ack.key === alert.key && ack.pendingAtMs === alert.pendingAtMs);
}
