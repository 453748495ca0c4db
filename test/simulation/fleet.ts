// The workers and sinks of a simulated run, and what befalls them: started, killed, frozen, stopped
// in order, and started again by a supervisor.
// Guarantees: an end that a restart heals is counted and healed; any other end of a service is a
// violation. Once calm, one of each role is up.
// Example: fleet.start('worker'); fleet.kill('worker', 0, 100); fleet.freeze('sink', 1, 9_000)
import { isSpineError } from '@agentspine/outcome/errors';
import { codeOf } from './faulty-ports.ts';
import type { Role } from './scenario.ts';
import { startSink, startWorker, type Mutation, type Service } from './services.ts';
import { SESSION_MS } from './scenario.ts';
import { SimulatedProcess } from './simulated-process.ts';
import type { World } from './world.ts';

type Host = {
  readonly role: Role;
  readonly process: SimulatedProcess;
  service: Service | null;
  isLeaving: boolean;
};

const MAX_OF: Readonly<Record<Role, number>> = { worker: 3, sink: 2 };
const SUPERVISOR_MS = 500;

export class Fleet {
  readonly #world: World;
  readonly #mutation: Mutation | null;
  readonly #hosts = new Set<Host>();
  readonly #returning: Record<Role, number> = { worker: 0, sink: 0 };
  #started = 0;

  constructor(world: World, mutation: Mutation | null) {
    this.#world = world;
    this.#mutation = mutation;
  }

  start(role: Role, generation = 1): void {
    const { time, log } = this.#world;
    const name = `${role}-${++this.#started}`;
    const process = new SimulatedProcess(name, time, log.process());
    const host: Host = { role, process, service: null, isLeaving: false };
    this.#hosts.add(host);
    this.#world.tell(`${name} starts`);
    const group = generation === 1 ? `${role}s` : `${role}s of generation ${generation}`;
    const place = { world: this.#world, process, role, group };
    const onEnd = (error: unknown): void => this.#ended(host, error);
    const opened =
      role === 'worker'
        ? startWorker(place, this.#mutation, onEnd)
        : startSink(place, this.#mutation, onEnd, generation);
    opened.then((service) => {
      host.service = service;
    }, onEnd);
  }

  kill(role: Role, which: number, downMs: number | null): void {
    const host = this.#up(role, which);
    if (host === undefined) return;
    this.#world.count(`kill of a ${role}`);
    this.#world.tell(`${host.process.name} is killed`);
    this.#remove(host);
    if (downMs !== null) this.#return(role, downMs);
  }

  freeze(role: Role, which: number, forMs: number): void {
    const host = this.#up(role, which);
    if (host === undefined || host.process.frozenAtMs !== null) return;
    const { process } = host;
    this.#world.count(forMs > SESSION_MS ? 'freeze beyond the session' : 'freeze');
    this.#world.tell(`${process.name} freezes for ${forMs} ms`);
    process.freeze();
    this.#world.time.after(forMs, () => {
      this.#world.tell(`${process.name} thaws`);
      process.thaw();
    });
  }

  restart(role: Role, which: number, downMs: number): void {
    const host = this.#up(role, which);
    if (host?.service === null || host === undefined) return;
    const { service, process } = host;
    host.isLeaving = true;
    this.#world.count(`orderly restart of a ${role}`);
    this.#world.tell(`${process.name} is told to stop`);
    this.#returning[role]++;
    void service.stop().then(() => {
      this.#world.tell(`${process.name} has stopped`);
      this.#returning[role]--;
      // Killed while it was stopping: the supervisor has seen to it.
      if (!process.isDead) this.#return(role, downMs);
      this.#hosts.delete(host);
    });
  }

  /** One more where there is room, otherwise one less. */
  scale(role: Role): void {
    this.#world.count(`scaling of the ${role}s`);
    if (this.#of(role).length < MAX_OF[role]) this.start(role);
    else this.kill(role, 0, null);
  }

  /** No more faults: everybody runs, and there is one of each. */
  calm(): void {
    for (const role of ['worker', 'sink'] as const) {
      if (this.#of(role).length === 0 && this.#returning[role] === 0) this.start(role);
    }
  }

  killAll(): void {
    for (const host of this.#hosts) this.#remove(host);
  }

  #return(role: Role, downMs: number): void {
    this.#returning[role]++;
    this.#world.time.after(downMs, () => {
      this.#returning[role]--;
      this.start(role);
    });
  }

  #ended(host: Host, error: unknown): void {
    const { process, role } = host;
    if (process.isDead || host.isLeaving || !this.#hosts.has(host)) return;
    const code = codeOf(error);
    this.#world.tell(`${process.name} ends: ${code}`);
    this.#remove(host);
    if (isSpineError(error) && error.retryable) {
      this.#world.count(`${role} ended by ${code}, started again`);
      this.#return(role, SUPERVISOR_MS);
      return;
    }
    const why = isSpineError(error) ? `${error.message} ${JSON.stringify(error.facts)}` : code;
    this.#world.observer.violated(`${process.name} stopped for good: ${why}`);
  }

  #remove(host: Host): void {
    host.process.kill();
    this.#hosts.delete(host);
    if (host.isLeaving) this.#return(host.role, SUPERVISOR_MS);
  }

  #of(role: Role): Host[] {
    return [...this.#hosts].filter((host) => host.role === role && !host.isLeaving);
  }

  #up(role: Role, which: number): Host | undefined {
    const hosts = [...this.#hosts].filter((host) => host.role === role);
    return hosts[which % Math.max(1, hosts.length)];
  }
}
