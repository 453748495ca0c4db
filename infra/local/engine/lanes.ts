// Who may use the engine when: one writer at a time, several readers at once, and one place kept
// free for KILL. A connection is reused only by a request with the same database and settings, and
// thrown away as soon as a statement could have left a mark on it (SET, USE, temporary tables,
// parameters), because in this engine a SET sticks and would change what others read or silently
// drop their inserts. Queues are bounded; a waiting request whose client left is taken out.
// Example: await lanes.run({ lane: 'read', signature: '', setup: [], dirty: false, gone },
// (session) => session.queryAsync(sql));

import type { Chdb, ChdbSession } from './chdb.ts';
import { EngineException } from './exception.ts';

export type LaneName = 'read' | 'write' | 'control';

export type Lease = {
  readonly lane: LaneName;
  /** Requests with equal signatures leave a connection in the same state. */
  readonly signature: string;
  /** Statements that bring a fresh connection into that state. */
  readonly setup: readonly string[];
  /** True where the connection must not be used again afterwards. */
  readonly dirty: boolean;
  /** Aborted when the client is gone: a request still waiting is dropped. */
  readonly gone: AbortSignal;
};

export type LaneLimits = { readonly readers: number; readonly waiting: number };

type Waiter = { start(): void; refuse(error: Error): void };

type Lane = {
  readonly size: number;
  busy: number;
  readonly idle: { signature: string; session: ChdbSession }[];
  readonly waiting: Waiter[];
};

export class Lanes {
  readonly #chdb: Chdb;
  readonly #dataDir: string;
  readonly #connectionArgs: readonly string[];
  readonly #limits: LaneLimits;
  readonly #lanes: Record<LaneName, Lane>;
  // The engine lives as long as one connection is open; this one is never lent out.
  readonly #anchor: ChdbSession;

  constructor(chdb: Chdb, dataDir: string, connectionArgs: readonly string[], limits: LaneLimits) {
    this.#chdb = chdb;
    this.#dataDir = dataDir;
    this.#connectionArgs = connectionArgs;
    this.#limits = limits;
    this.#lanes = { read: lane(limits.readers), write: lane(1), control: lane(1) };
    this.#anchor = this.#open();
  }

  /** How many requests run and wait, for the log and the tests. */
  get load(): { running: number; waiting: number } {
    const all = Object.values(this.#lanes);
    return {
      running: all.reduce((sum, one) => sum + one.busy, 0),
      waiting: all.reduce((sum, one) => sum + one.waiting.length, 0),
    };
  }

  /** Waits for a place, brings a connection into the wanted state and lends it out. */
  async run<T>(lease: Lease, work: (session: ChdbSession) => Promise<T>): Promise<T> {
    const place = this.#lanes[lease.lane];
    await this.#enter(place, lease.gone);
    let session: ChdbSession | undefined;
    let reusable = false;
    try {
      session = await this.#borrow(place, lease);
      const answer = await work(session);
      reusable = !lease.dirty;
      return answer;
    } finally {
      if (session !== undefined) this.#giveBack(place, lease, session, reusable);
      place.busy -= 1;
      place.waiting.shift()?.start();
    }
  }

  /** Closes everything; the caller has waited for what runs. */
  async close(): Promise<void> {
    for (const one of Object.values(this.#lanes)) {
      for (const waiter of one.waiting.splice(0)) waiter.refuse(shuttingDown());
      for (const { session } of one.idle.splice(0)) session.close();
    }
    this.#anchor.close();
    await this.#chdb.drainPending();
  }

  async #enter(place: Lane, gone: AbortSignal): Promise<void> {
    if (gone.aborted) throw clientGone();
    if (place.busy < place.size) {
      place.busy += 1;
      return;
    }
    if (place.waiting.length >= this.#limits.waiting) {
      const text = `Too many simultaneous queries. Maximum: ${this.#limits.waiting}.`;
      throw new EngineException(202, 'TOO_MANY_SIMULTANEOUS_QUERIES', text);
    }
    await new Promise<void>((resolve, reject) => {
      const leave = (): void => {
        const at = place.waiting.indexOf(waiter);
        if (at >= 0) place.waiting.splice(at, 1);
        reject(clientGone());
      };
      const waiter: Waiter = {
        start: () => {
          gone.removeEventListener('abort', leave);
          place.busy += 1;
          resolve();
        },
        refuse: reject,
      };
      gone.addEventListener('abort', leave, { once: true });
      place.waiting.push(waiter);
    });
  }

  async #borrow(place: Lane, lease: Lease): Promise<ChdbSession> {
    // a dirty lease has more to set up than its signature says
    const at = lease.dirty ? -1 : place.idle.findIndex((one) => one.signature === lease.signature);
    const found = at >= 0 ? place.idle.splice(at, 1)[0] : undefined;
    if (found !== undefined) return found.session;
    const session = this.#open();
    try {
      for (const sql of lease.setup) await session.queryAsync(sql);
      return session;
    } catch (error) {
      session.close();
      throw error;
    }
  }

  #giveBack(place: Lane, lease: Lease, session: ChdbSession, reusable: boolean): void {
    if (!reusable) {
      session.close();
      return;
    }
    place.idle.push({ signature: lease.signature, session });
    if (place.idle.length > place.size) place.idle.shift()?.session.close();
  }

  #open(): ChdbSession {
    return new this.#chdb.Session(this.#dataDir, { connectionArgs: this.#connectionArgs });
  }
}

function lane(size: number): Lane {
  return { size, busy: 0, idle: [], waiting: [] };
}

function clientGone(): EngineException {
  return new EngineException(394, 'QUERY_WAS_CANCELLED', 'Query was cancelled: the client left.');
}

function shuttingDown(): EngineException {
  return new EngineException(236, 'ABORTED', 'The server is shutting down.');
}
