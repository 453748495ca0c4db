// OTLP/JSON spans written here by hand, field by field: ids, times, kinds, agents, what is kept.
// Guarantees: attributes are compared whole, so that a dropped or invented key is seen.
// Example: vitest run --project unit libs/otel/otel-genai.test.ts
import type { AgentEvent } from '@agentspine/event/agent-event';
import { describe, expect, it } from 'vitest';
import { mapOtelSpans } from './otel-genai.ts';

const options = { tenantId: 'acme', source: 'trace.json' };

const TRACE = '5b8aa5a2d2c872e8321cf37308d69df2';

type Attributes = Record<string, unknown>;

function keyValues(attributes: Attributes): object[] {
  return Object.entries(attributes).map(([key, value]) => ({ key, value }));
}

function otlpSpan(fields: object = {}, attributes: Attributes = {}): object {
  return {
    traceId: TRACE.toUpperCase(),
    spanId: '051581bf3cb55c13',
    parentSpanId: '',
    name: 'a span',
    kind: 3,
    startTimeUnixNano: '1758026586341103001',
    endTimeUnixNano: '1758026586853189999',
    attributes: keyValues(attributes),
    status: {},
    ...fields,
  };
}

function otlp(...spans: object[]): object {
  const resource = {
    attributes: keyValues({
      'service.name': { stringValue: 'shop' },
      'telemetry.sdk.name': { stringValue: 'opentelemetry' },
      'telemetry.sdk.version': { stringValue: '1.2.3' },
      'host.name': { stringValue: 'h1' },
    }),
  };
  const scope = { name: 'tracer', version: '9' };
  return { resourceSpans: [{ resource, scopeSpans: [{ scope, spans }] }] };
}

function mapOne(fields: object, attributes: Attributes): AgentEvent {
  const [event] = mapOtelSpans(otlp(otlpSpan(fields, attributes)), options);
  if (event === undefined) throw new Error('no event');
  return event;
}

const text = (value: string): object => ({ stringValue: value });
const int = (value: string): object => ({ intValue: value });

describe('mapOtelSpans on OTLP/JSON', () => {
  it('maps a chat span with exact ids, times, tokens and settings', () => {
    const event = mapOne(
      { parentSpanId: 'EEE19B7EC3C1B174', flags: 0x301 },
      {
        'gen_ai.operation.name': text('chat'),
        'gen_ai.provider.name': text('openai'),
        'gen_ai.request.model': text('gpt-4.1'),
        'gen_ai.response.model': text('gpt-4.1-2025-04-14'),
        'gen_ai.request.temperature': { doubleValue: 0.2 },
        'gen_ai.response.finish_reasons': { arrayValue: { values: [text('stop')] } },
        'gen_ai.usage.input_tokens': int('120'),
        'gen_ai.usage.output_tokens': int('30'),
        'gen_ai.usage.cache_read.input_tokens': int('100'),
        'gen_ai.conversation.id': text('conv-1'),
        'gen_ai.input.messages': text('[{"role":"user"}]'),
        'gen_ai.output.messages': {
          arrayValue: {
            values: [{ kvlistValue: { values: keyValues({ role: text('assistant') }) } }],
          },
        },
        'user.id': text('u1'),
        'app.big': int('9007199254740993'),
        'app.bytes': { bytesValue: 'aGk=' },
      },
    );
    expect(event).toMatchObject({
      kind: 'model_call',
      phase: 'end',
      trace_id: TRACE,
      run_id: TRACE,
      span_id: '051581bf3cb55c13',
      parent_span_id: 'eee19b7ec3c1b174',
      parent_remote: true,
      start_time: 1758026586341103,
      event_time: 1758026586853189,
      duration_ns: 512086998,
      conversation_id: 'conv-1',
      actor: { type: 'user', id: 'u1' },
      producer: { service: 'shop', sdk: 'opentelemetry/1.2.3', source_format: 'otel-genai' },
      input: { mime: 'application/json', inline: '[{"role":"user"}]' },
      output: { mime: 'application/json', inline: '[{"role":"assistant"}]' },
    });
    expect(event.model).toMatchObject({
      operation: 'chat',
      provider: 'openai',
      request_model: 'gpt-4.1',
      response_model: 'gpt-4.1-2025-04-14',
      temperature: 0.2,
      finish_reasons: ['stop'],
      input_tokens: 120,
      output_tokens: 30,
      cache_read_tokens: 100,
      usage_scope: 'own',
    });
    expect(event.attributes).toEqual({
      'resource.host.name': 'h1',
      'scope.name': 'tracer',
      'scope.version': '9',
      'span.kind': '3',
      'span.flags': '769',
      'span.start_time_unix_nano': '1758026586341103001',
      'span.end_time_unix_nano': '1758026586853189999',
      'app.big': '9007199254740993',
      'app.bytes': 'aGk=',
      'agentspine.source': 'trace.json',
      'agentspine.path': '$.resourceSpans[0].scopeSpans[0].spans[0]',
    });
  });

  it('keeps errors, span events and links', () => {
    const other = '0af7651916cd43dd8448eb211c80319c';
    const event = mapOne(
      {
        status: { code: 2, message: 'boom' },
        events: [
          {
            timeUnixNano: '1758026586853189999',
            name: 'exception',
            attributes: keyValues({ 'exception.type': text('TimeoutError') }),
          },
        ],
        links: [
          { traceId: other, spanId: '051581bf3cb55c14' },
          { traceId: other, attributes: keyValues({ 'agentspine.link.rel': text('retry_of') }) },
        ],
      },
      { 'gen_ai.tool.name': text('search'), 'gen_ai.tool.call.arguments': text('{"q":1}') },
    );
    expect(event).toMatchObject({
      kind: 'tool_call',
      status: 'error',
      error_type: 'TimeoutError',
      error_message: 'boom',
      tool: { name: 'search' },
      input: { inline: '{"q":1}' },
      links: [
        { trace_id: other, span_id: '051581bf3cb55c14', rel: 'related' },
        { trace_id: other, span_id: null, rel: 'retry_of' },
      ],
    });
    expect(event.attributes['span.events']).toContain('1758026586853189999');
    expect(event.attributes['span.links']).toContain('retry_of');
  });

  it('reports a span that never ended by its start, and a span that ended before it began without duration', () => {
    expect(mapOne({ endTimeUnixNano: '0' }, {})).toMatchObject({
      phase: 'start',
      event_time: 1758026586341103,
      start_time: null,
      duration_ns: null,
    });
    expect(mapOne({ endTimeUnixNano: '1758026586341102000' }, {})).toMatchObject({
      phase: 'end',
      event_time: 1758026586341102,
      duration_ns: null,
    });
  });

  it('tells the kind by the first rule that knows it', () => {
    const op = (name: string): Attributes => ({ 'gen_ai.operation.name': text(name) });
    const kinds: [Attributes, string][] = [
      [op('invoke_agent'), 'agent_run'],
      [op('plan'), 'decision'],
      [op('search_memory'), 'memory'],
      [op('retrieval'), 'retrieval'],
      [op('apply_guardrail'), 'guardrail'],
      [op('no_such_operation'), 'step'],
      [{ ...op('call_llm'), 'gen_ai.request.model': text('m') }, 'model_call'],
      [{ ...op('constructor') }, 'step'],
      [{ 'openinference.span.kind': text('RETRIEVER') }, 'retrieval'],
      [{ 'traceloop.span.kind': text('workflow') }, 'step'],
      [{ 'langfuse.observation.type': text('evaluator'), ...op('chat') }, 'evaluation'],
      [{ 'mcp.method.name': text('tools/call') }, 'tool_call'],
      [{ ...op('execute_tool'), 'gen_ai.transfer.target.name': text('billing') }, 'handoff'],
      [{ 'ai.operationId': text('ai.toolCall') }, 'tool_call'],
      [
        { 'ai.operationId': text('ai.generateText.doGenerate'), 'ai.model.id': text('m') },
        'model_call',
      ],
      [{ 'ai.operationId': text('ai.generateText'), 'ai.model.id': text('m') }, 'agent_run'],
    ];
    for (const [attributes, kind] of kinds) {
      expect(mapOne({}, attributes).kind, JSON.stringify(attributes)).toBe(kind);
    }
  });

  it('keeps the loser of two keys for one field, and a key that collides with our own', () => {
    const event = mapOne(
      {},
      {
        'gen_ai.usage.input_tokens': int('5'),
        'gen_ai.usage.prompt_tokens': int('6'),
        'span.kind': text('theirs'),
        __proto__x: text('kept'),
      },
    );
    expect(event.model?.input_tokens).toBe(5);
    expect(event.attributes).toMatchObject({
      'gen_ai.usage.prompt_tokens': '6',
      'span.kind': '3',
      'span.kind#2': 'theirs',
      __proto__x: 'kept',
    });
  });

  it('gives a span the agent of the nearest span above it, else that of the root', () => {
    const agent = (name: string): object[] => keyValues({ 'gen_ai.agent.name': text(name) });
    const id = (n: number): string => `000000000000000${n}`;
    const events = mapOtelSpans(
      otlp(
        otlpSpan({ spanId: id(4), parentSpanId: id(3) }),
        otlpSpan({ spanId: id(3), parentSpanId: id(2), attributes: agent('Sub Agent') }),
        otlpSpan({ spanId: id(5), parentSpanId: id(9) }),
        otlpSpan({ spanId: id(6), parentSpanId: id(7) }),
        otlpSpan({ spanId: id(7), parentSpanId: id(6) }),
        otlpSpan({ spanId: id(2), attributes: agent('root') }),
      ),
      options,
    );
    expect(events.map((event) => event.agent?.id)).toEqual([
      'Sub-Agent',
      'Sub-Agent',
      'root',
      'root',
      'root',
      'root',
    ]);
    expect(events[1]?.agent?.name).toBe('Sub Agent');
    expect(events[2]?.parent_span_id).toBe(id(9));
  });

  it('gives spans with the same ids events of their own', () => {
    const events = mapOtelSpans(otlp(otlpSpan(), otlpSpan({ name: 'again' })), options);
    expect(new Set(events.map((event) => event.event_id)).size).toBe(2);
  });

  it('refuses what it cannot read with the place and the reason', () => {
    const span = (fields: object): object => otlp(otlpSpan(fields));
    const at = 'trace.json $.resourceSpans[0].scopeSpans[0].spans[0]';
    const refusals: [unknown, string][] = [
      [
        span({ traceId: 'W47/95gDgQPSabYzgT/GDA==' }),
        `${at}.traceId: wanted an id of 32 hex digits`,
      ],
      [span({ spanId: '0000000000000000' }), `${at}.spanId: wanted an id of 16 hex digits`],
      [span({ startTimeUnixNano: '2025-09-16' }), `${at}.startTimeUnixNano: wanted nanoseconds`],
      [span({ status: { code: 7 } }), `${at}.status.code: wanted 0, 1 or 2, found a number`],
      [span({ attributes: 'x' }), `${at}.attributes: wanted an array of { key, value }`],
      [{ resourceSpans: {} }, 'trace.json $.resourceSpans: wanted an array, found an object'],
      [{ spans: [{}] }, '$.spans[0].context: wanted an object, found nothing'],
    ];
    for (const [file, message] of refusals) {
      expect(() => mapOtelSpans(file, options), message).toThrow(message);
    }
  });
});
