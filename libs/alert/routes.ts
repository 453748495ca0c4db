// Who hears of which alert, how alerts are put together, and what mutes what.
// Guarantees: made by parse-routes.ts alone; every receiver a route names exists; the first route
// that matches takes an alert, unless it says `continue`.
// Example: routesFor(routing, labels).map(({ receiver }) => receiver) → ['pager']
import { matches, type Matcher } from './matcher.ts';

export const RECEIVER_KINDS = [
  'alertmanager',
  'pagerduty',
  'opsgenie',
  'slack',
  'teams',
  'email',
  'webhook',
] as const;
export type ReceiverKind = (typeof RECEIVER_KINDS)[number];

/** A secret is named, never written: an environment variable or a file. */
export type SecretName = { readonly env: string } | { readonly file: string };

export type ReceiverSpec = {
  readonly id: string;
  readonly kind: ReceiverKind;
  /** Texts of the kind: url, host, from and so on. */
  readonly options: Readonly<Record<string, string | number | boolean | readonly string[]>>;
  readonly secrets: Readonly<Record<string, SecretName>>;
  /** One attempt may take so long. */
  readonly timeoutMs: number;
  readonly attemptsMax: number;
  /** Then it is a dead letter. */
  readonly giveUpAfterMs: number;
  readonly ratePerMinute: number;
  /** Of an attempt whose end is not known, at a receiver that does not deduplicate. */
  readonly onDoubt: 'repeat' | 'drop';
  readonly sendsResolved: boolean;
  /** file:line. */
  readonly where: string;
};

export type Route = {
  /** Place in the tree, '0', '0.1'; part of the group's key. */
  readonly path: string;
  readonly receiver: string;
  readonly match: Matcher;
  readonly groupBy: readonly string[];
  readonly groupWaitMs: number;
  readonly groupIntervalMs: number;
  readonly repeatIntervalMs: number;
  readonly goesOn: boolean;
  readonly routes: readonly Route[];
};

/**
 * While an alert like `when` is firing, one like `mute` with the same `equal` labels is not told.
 */
export type Inhibition = {
  readonly when: Matcher;
  readonly mute: Matcher;
  readonly equal: readonly string[];
};

export type Routing = {
  readonly route: Route;
  readonly receivers: ReadonlyMap<string, ReceiverSpec>;
  readonly inhibitions: readonly Inhibition[];
};

/** The receiver that hears nothing: alerts are stored and listed, nobody is told. */
export const NOBODY = 'none';

/** The routes an alert takes, as Alertmanager walks its tree: the deepest matches. */
export function routesFor(
  route: Route,
  labels: Readonly<Record<string, string>>,
): readonly Route[] {
  if (!matches(route.match, labels)) return [];
  const taken: Route[] = [];
  for (const child of route.routes) {
    const deeper = routesFor(child, labels);
    taken.push(...deeper);
    if (deeper.length > 0 && !child.goesOn) break;
  }
  return taken.length > 0 ? taken : [route];
}
