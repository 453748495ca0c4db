"""A producer and a reader that know nothing of AgentSpine but Kafka, the registry and the topic.

    python spine_python.py read BROKERS REGISTRY_URL TOPIC COUNT     prints COUNT records as JSON lines
    python spine_python.py write BROKERS REGISTRY_URL TOPIC < events.jsonl

Writes with confluent_kafka's AvroSerializer where its extras are installed (looking the schema up,
never registering one), else with fastavro and the same two look-ups by hand. Decodes by the id in
the record's own five bytes of frame alone.
"""

import io
import json
import struct
import sys
import urllib.parse
import urllib.request

import fastavro
from confluent_kafka import Consumer, Producer

DEADLINE_S = 60.0
FRAME = struct.Struct(">bI")


def get(url):
    with urllib.request.urlopen(url, timeout=10) as answer:
        return json.load(answer)


def schema_by_id(registry_url, schema_id):
    return fastavro.parse_schema(json.loads(get(f"{registry_url}/schemas/ids/{schema_id}")["schema"]))


def plain(value):
    """Bytes and datetimes as JSON can hold them."""
    return value.isoformat() if hasattr(value, "isoformat") else value.hex()


def as_json(row):
    """One line; NaN, which says that a number is not known, as null."""
    known = {name: None if value != value else value for name, value in row.items()}
    return json.dumps(known, default=plain)


def read(brokers, registry_url, topic, count):
    consumer = Consumer(
        {
            "bootstrap.servers": brokers,
            "group.id": f"{topic}-python",
            "auto.offset.reset": "earliest",
            "enable.auto.commit": False,
        }
    )
    consumer.subscribe([topic])
    schemas = {}
    found = 0
    try:
        while found < count:
            message = consumer.poll(DEADLINE_S)
            if message is None:
                raise SystemExit(f"{found} of {count} records within {DEADLINE_S} s")
            if message.error():
                raise SystemExit(str(message.error()))
            magic, schema_id = FRAME.unpack_from(message.value())
            if magic != 0:
                raise SystemExit(f"magic byte {magic}")
            if schema_id not in schemas:
                schemas[schema_id] = schema_by_id(registry_url, schema_id)
            body = io.BytesIO(message.value()[FRAME.size :])
            print(as_json(fastavro.schemaless_reader(body, schemas[schema_id])))
            found += 1
    finally:
        consumer.close()


def serializer(registry_url, topic):
    try:
        from confluent_kafka.schema_registry import SchemaRegistryClient
        from confluent_kafka.schema_registry.avro import AvroSerializer
        from confluent_kafka.serialization import MessageField, SerializationContext
    except ImportError:
        return by_hand(registry_url, topic)
    encode = AvroSerializer(
        SchemaRegistryClient({"url": registry_url}),
        conf={"auto.register.schemas": False, "use.latest.version": True},
    )
    context = SerializationContext(topic, MessageField.VALUE)
    return "AvroSerializer", lambda event: encode(event, context)


def by_hand(registry_url, topic):
    subject = urllib.parse.quote(f"{topic}-value")
    latest = get(f"{registry_url}/subjects/{subject}/versions/latest")
    schema = fastavro.parse_schema(json.loads(latest["schema"]))

    def encode(event):
        out = io.BytesIO()
        out.write(FRAME.pack(0, latest["id"]))
        fastavro.schemaless_writer(out, schema, event)
        return out.getvalue()

    return "fastavro", encode


def write(brokers, registry_url, topic):
    how, encode = serializer(registry_url, topic)
    # Kafka's own partitioner, so that a run stays on one partition whoever writes it.
    settings = {"enable.idempotence": True, "partitioner": "murmur2_random"}
    producer = Producer({"bootstrap.servers": brokers, **settings})
    failures = []
    for line in sys.stdin:
        event = json.loads(line)
        producer.produce(
            topic,
            key=f"{event['tenant_id']}|{event['run_id']}",
            value=encode(event),
            on_delivery=lambda error, _: failures.append(str(error)) if error else None,
        )
    left = producer.flush(DEADLINE_S)
    if left or failures:
        raise SystemExit(f"{left} not delivered, {failures[:1]}")
    print(how)


if __name__ == "__main__":
    command, *rest = sys.argv[1:]
    if command == "read":
        read(rest[0], rest[1], rest[2], int(rest[3]))
    else:
        write(*rest)
