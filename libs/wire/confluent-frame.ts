// The Confluent wire format: how a Kafka value says which schema it was written with.
//
//   byte 0      magic, always 0
//   byte 1–4    schema id, big endian
//   byte 5–     the Avro binary encoding
//
// Source: Confluent Schema Registry documentation, "Wire format".
// Example: const frame = readFrame(value); if (frame.is !== 'ok') return frame;
// frame.value.schemaId
import { deadLetter, ok, type Outcome } from '@agentspine/outcome/outcome';

export const FRAME_BYTES = 5;

/** The schema id of a framed value; the payload starts at FRAME_BYTES. */
export function readFrame(value: Buffer | null): Outcome<number> {
  if (value === null || value.length === 0) {
    return deadLetter('SPINE_RECORD_EMPTY', 'wanted a value, found none');
  }
  if (value[0] !== 0) {
    return deadLetter('SPINE_RECORD_FRAME', `wanted magic byte 0, found ${value[0]}`);
  }
  if (value.length < FRAME_BYTES) {
    return deadLetter(
      'SPINE_RECORD_FRAME',
      `wanted a 4-byte schema id after the magic byte, found ${value.length - 1} bytes`,
    );
  }
  return ok(value.readUInt32BE(1));
}

/** Writes the frame's five bytes at a position. */
export function writeFrame(target: Buffer, position: number, schemaId: number): void {
  target[position] = 0;
  target.writeUInt32BE(schemaId, position + 1);
}
