// spine rollups: the tables that are summed while events are stored, and since when each of them
// counts. spine rollups backfill NAME fills in what was stored before a new one was there.
// Guarantees: no gap and no double count, while events go on arriving; may be stopped and repeated.
// Example: spine rollups backfill tool_1h
import { backfill, listRollups } from '@agentspine/clickhouse/backfill';
import { readSinkNote } from '@agentspine/event/sink-note';
import { SpineError } from '@agentspine/outcome/errors';
import { setTimeout as delay } from 'node:timers/promises';
import { open, type Opened } from './open.ts';
import { EXIT, flags, type Command, type Shell } from './shell.ts';
import { counted } from './terminal.ts';

/** How often the sink is asked whether it has stored what was there, and how long in all: 60 s. */
const ASKS_MAX = 120;
const ASK_EVERY_MS = 500;

export const rollups: Command = async (shell) => {
  const { values, positionals } = flags(shell, {}, 2);
  const [verb, name] = positionals;
  if (verb !== undefined && (verb !== 'backfill' || name === undefined)) {
    throw new SpineError('SPINE_CLI_USAGE', {
      wanted: 'spine rollups, or spine rollups backfill NAME',
      found: positionals.join(' '),
    });
  }
  await using spine = open(shell, values);
  return name === undefined ? list(shell, spine, values.json) : fill(shell, spine, name);
};

async function list({ terminal }: Shell, spine: Opened, json: boolean): Promise<number> {
  const found = await listRollups(spine.clickHouse());
  if (json) {
    terminal.json({ rollups: found.map(({ rollup, cut }) => ({ rollup, cut: cut || null })) });
  } else {
    terminal.table(
      ['rollup', 'counts by itself'],
      found.map(({ rollup, cut }) => [
        rollup,
        cut === '' ? 'since the first event' : `what Kafka took from ${cut} UTC on`,
      ]),
    );
  }
  return EXIT.ok;
}

async function fill({ terminal, signal }: Shell, spine: Opened, rollup: string): Promise<number> {
  const { wait, hours, alreadyThere } = await backfill(spine.clickHouse(), {
    rollup,
    signal,
    isStored: () => isStored(spine),
    onHour: (done, of) => terminal.live(`${done} of ${counted(of, 'hour')}`),
  });
  if (wait !== '') {
    terminal.say(`Not yet: ${wait}. Run it again then.`);
    return EXIT.notReady;
  }
  terminal.line(
    hours === 0
      ? `${rollup} lacks nothing: it has counted every event that is stored`
      : `${rollup}: ${counted(hours, 'hour')} of arrival filled in, ${alreadyThere} of them before`,
  );
  return EXIT.ok;
}

/** Whatever the log holds now: events that come while we wait do not count. */
async function isStored(spine: Opened): Promise<boolean> {
  const { topics, sink } = spine.config;
  const governed = `${topics.prefix}.governed`;
  const admin = await spine.log().admin();
  try {
    const source = (await admin.offsets(`${topics.prefix}.events`)) ?? [];
    for (let asked = 0; asked < ASKS_MAX; asked += 1) {
      const committed = await admin.committed(sink.group_id, governed);
      const isThere = source.every(({ partition, high }) => {
        const note = committed.get(partition) ?? null;
        return readSinkNote(note, governed, partition, sink.generation).mark >= high - 1;
      });
      if (isThere) return true;
      await delay(ASK_EVERY_MS);
    }
    return false;
  } finally {
    await admin.close();
  }
}
