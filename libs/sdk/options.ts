// What connect() takes, and the defaults. A wrong option never stops the agent: a wrong number is
// replaced by its default, a wrong tenant or service turns the SDK off; both are said once through
// onProblem.
// Example: resolveOptions({ tenantId: 'acme-retail', service: 'concierge', environment: 'prod' },
//   problem)
import { randomFillSync } from 'node:crypto';
import { SpineError } from '@agentspine/outcome/errors';
import { systemClock, type Clock } from './clock.ts';
import type { Listeners } from './drops.ts';
import type { AgentFields } from './fields.ts';
import type { FillRandom } from './ids.ts';
import type { Redact } from './recorder.ts';
import type { Transport } from './transport.ts';

export type SpineOptions = Listeners & {
  /** Who the data belongs to: [a-z0-9][a-z0-9_-]{0,62}. */
  readonly tenantId: string;
  /** service.name of this process. */
  readonly service: string;
  readonly serviceVersion?: string | undefined;
  /** service.instance.id; host name and process id advised. */
  readonly instance?: string | undefined;
  /** deployment.environment.name: prod, staging, dev. */
  readonly environment: string;
  /** The agent of all runs that name no other. */
  readonly agent?: AgentFields | undefined;
  /** Without one the SDK is off: agents run as ever, nothing is recorded. */
  readonly transport?: Transport | undefined;
  /** What may wait for the transport; beyond it the newest events are dropped. */
  readonly buffer?: Partial<{ maxEvents: number; maxBytes: number }> | undefined;
  /** A batch is sent when one of these is reached. */
  readonly batch?: Partial<{ maxEvents: number; maxBytes: number; maxWaitMs: number }> | undefined;
  /** Waiting between tries while the transport is away; doubles from first to most, with jitter. */
  readonly backoff?: Partial<{ firstMs: number; maxMs: number }> | undefined;
  /** Bodies: most bytes kept inline each, and whether any are kept at all. */
  readonly content?: Partial<{ maxBytes: number; capture: boolean }> | undefined;
  readonly maxEventBytes?: number | undefined;
  /**
   * Record the start of every operation, not of runs alone: a crash then shows what was under way.
   */
  readonly starts?: boolean | undefined;
  readonly redact?: Redact | undefined;
  readonly clock?: Clock | undefined;
  readonly random?: FillRandom | undefined;
};

export type Resolved = {
  readonly isUsable: boolean;
  readonly buffer: { readonly maxEvents: number; readonly maxBytes: number };
  readonly batch: {
    readonly maxEvents: number;
    readonly maxBytes: number;
    readonly maxWaitMs: number;
  };
  readonly backoff: { readonly firstMs: number; readonly maxMs: number };
  readonly content: { readonly maxBytes: number; readonly capture: boolean };
  readonly maxEventBytes: number;
  readonly clock: Clock;
  readonly random: FillRandom;
};

const TENANT_ID = /^[a-z0-9][a-z0-9_-]{0,62}$/;
const KIB = 1024;
const MIB = KIB * KIB;

type Problem = (error: SpineError) => void;

export function resolveOptions(options: SpineOptions, problem: Problem): Resolved {
  const number = (
    group: object | undefined,
    key: string,
    from: number,
    to: number,
    otherwise: number,
  ): number => {
    const value = (group as Record<string, unknown> | null | undefined)?.[key];
    if (value === undefined) return otherwise;
    if (typeof value === 'number' && value >= from && value <= to) return Math.trunc(value);
    problem(wrong(key, `a number from ${from} to ${to}`, `${typeof value}; using ${otherwise}`));
    return otherwise;
  };
  const { buffer, batch, backoff, content } = options;
  const resolved = {
    isUsable: isUsable(options, problem),
    buffer: {
      maxEvents: number(buffer, 'maxEvents', 1, 1_000_000, 10_000),
      maxBytes: number(buffer, 'maxBytes', KIB, 4 * KIB * MIB, 32 * MIB),
    },
    batch: {
      maxEvents: number(batch, 'maxEvents', 1, 10_000, 500),
      maxBytes: number(batch, 'maxBytes', KIB, 16 * MIB, 512 * KIB),
      maxWaitMs: number(batch, 'maxWaitMs', 0, 60_000, 200),
    },
    backoff: {
      firstMs: number(backoff, 'firstMs', 1, 60_000, 100),
      maxMs: number(backoff, 'maxMs', 1, 600_000, 30_000),
    },
    content: {
      maxBytes: number(content, 'maxBytes', 0, MIB, 32 * KIB),
      capture: content?.capture !== false,
    },
    maxEventBytes: number(options, 'maxEventBytes', KIB, 16 * MIB, 900 * KIB),
    clock: options.clock ?? systemClock(),
    random: options.random ?? randomFillSync,
  };
  return resolved;
}

function isUsable(options: SpineOptions, problem: Problem): boolean {
  if (typeof options.tenantId !== 'string' || !TENANT_ID.test(options.tenantId)) {
    problem(wrong('tenantId', '[a-z0-9][a-z0-9_-]{0,62}', 'another form; the SDK stays off'));
    return false;
  }
  if (typeof options.service !== 'string' || options.service === '') {
    problem(wrong('service', 'the name of this service', 'none; the SDK stays off'));
    return false;
  }
  return true;
}

function wrong(key: string, wanted: string, found: string): SpineError {
  return new SpineError('SPINE_CONFIG_VALUE', {
    where: `connect({ ${key} })`,
    wanted,
    found,
    hint: 'See docs/sdk.md, "Options".',
  });
}
