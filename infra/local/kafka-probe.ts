// A real round trip to a Kafka broker over a bare socket, in the few bytes of its protocol that are
// needed, so that readiness does not depend on a client library. Guarantees that `true` means:
// metadata are answered, the controller hands out producer ids, and the group coordinator exists
// and has loaded; so clients meet none of the "loading" errors of a fresh broker.
// Layouts: Apache Kafka, "Kafka protocol guide": Metadata v7, InitProducerId v0, FindCoordinator
// v1, ListGroups v0.
// Example: await probeKafka('127.0.0.1', 9092) → true, or 'the group coordinator is loading (error
// 14)'

import { connect, type Socket } from 'node:net';

const TIMEOUT_MS = 5_000;
const METADATA = 3;
const FIND_COORDINATOR = 10;
const LIST_GROUPS = 16;
const INIT_PRODUCER_ID = 22;

type Call = {
  apiKey: number;
  version: number;
  body: Buffer;
  problem(answer: Buffer, clusterId: string | undefined): string | undefined;
};

const CALLS: readonly Call[] = [
  {
    apiKey: METADATA,
    version: 7,
    // no topics; do not create any
    body: Buffer.concat([int32(0), Buffer.from([0])]),
    problem: (answer, clusterId) => {
      if (answer.readInt32BE(4) < 1) return 'no broker is registered yet';
      const isOurs = clusterId === undefined || clusterOf(answer) === clusterId;
      return isOurs ? undefined : 'another cluster answers on this port';
    },
  },
  {
    apiKey: INIT_PRODUCER_ID,
    version: 0,
    body: Buffer.concat([int16(-1), int32(60_000)]),
    problem: (answer) => named(answer.readInt16BE(4), 'the controller hands out no producer ids'),
  },
  {
    apiKey: FIND_COORDINATOR,
    version: 1,
    body: Buffer.concat([text('agentspine-probe'), Buffer.from([0])]),
    problem: (answer) => named(answer.readInt16BE(4), 'there is no group coordinator'),
  },
  {
    apiKey: LIST_GROUPS,
    version: 0,
    body: Buffer.alloc(0),
    problem: (answer) => named(answer.readInt16BE(0), 'the group coordinator is loading'),
  },
];

/** True, or what is still missing. Throws where nothing listens or the answer stays out for 5 s. */
export async function probeKafka(
  host: string,
  port: number,
  clusterId?: string,
): Promise<true | string> {
  const socket = connect({ host, port });
  socket.setTimeout(TIMEOUT_MS, () => {
    socket.destroy(new Error(`no answer within ${TIMEOUT_MS} ms`));
  });
  try {
    const answers = framesOf(socket);
    for (const [id, call] of CALLS.entries()) {
      socket.write(frame(call, id));
      const next = await answers.next();
      if (next.done === true) return 'the broker closed the connection';
      const answer = next.value;
      if (answer.readInt32BE(0) !== id) return 'the broker answered out of order';
      const problem = call.problem(answer.subarray(4), clusterId);
      if (problem !== undefined) return problem;
    }
    return true;
  } finally {
    socket.destroy();
  }
}

/** Metadata v7: throttle time, brokers (id, host, port, rack), cluster id. */
function clusterOf(metadata: Buffer): string {
  let at = 8;
  const skipText = (): void => {
    at += 2 + Math.max(0, metadata.readInt16BE(at));
  };
  for (let brokers = metadata.readInt32BE(4); brokers > 0; brokers -= 1) {
    at += 4;
    skipText();
    at += 4;
    skipText();
  }
  const length = metadata.readInt16BE(at);
  return metadata.toString('utf8', at + 2, at + 2 + Math.max(0, length));
}

/** Size, then header version 1: api key, api version, correlation id, client id. */
function frame(call: Call, correlationId: number): Buffer {
  const content = Buffer.concat([
    int16(call.apiKey),
    int16(call.version),
    int32(correlationId),
    text('spine'),
    call.body,
  ]);
  return Buffer.concat([int32(content.length), content]);
}

async function* framesOf(socket: Socket): AsyncGenerator<Buffer, void> {
  let held: Buffer = Buffer.alloc(0);
  for await (const chunk of socket) {
    held = Buffer.concat([held, chunk as Buffer]);
    while (held.length >= 4 && held.length >= 4 + held.readInt32BE(0)) {
      const end = 4 + held.readInt32BE(0);
      yield held.subarray(4, end);
      held = held.subarray(end);
    }
  }
}

function named(errorCode: number, problem: string): string | undefined {
  return errorCode === 0 ? undefined : `${problem} (error ${errorCode})`;
}

function int16(value: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeInt16BE(value);
  return bytes;
}

function int32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return bytes;
}

function text(value: string): Buffer {
  return Buffer.concat([int16(Buffer.byteLength(value)), Buffer.from(value)]);
}
