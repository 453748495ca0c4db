// Events for the benchmark: kinds, tools, models and bodies of a mixed fleet, the same in every
// run.
// Example: variedEvent(seeded(1)).event.kind
import {
  agentEvent,
  content,
  decision,
  modelCall,
  producer,
  toolCall,
} from '@agentspine/event/build';
import type { Decision, ModelCall } from '@agentspine/event/agent-event';
import type { Judged } from '@agentspine/event/facts';

/** A number stream that is the same in every run (mulberry32). */
export function seeded(seed: number): () => number {
  let state = seed * 0x9e3779b9;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

const PROSE =
  'The customer asked about the refund of order 8841; the agent looked up the shipment and drafted an answer. ';

const TOOLS: readonly (readonly [string, string])[] = [
  ['search.web', '{"query": "refund policy of the spring collection", "limit": 5}'],
  ['get_order', '{"order_id": "W8841", "with_items": true}'],
  [
    'send_email',
    `{"to": "pii_email_1_AAAAAAAAAAAAAAAAAAAAAA", "subject": "Your order", "body": "${PROSE}"}`,
  ],
  ['db.query', '{"sql": "select id, status from orders where id = 8841", "timeout_ms": 500}'],
  ['fs.read', '{"path": "/srv/data/orders/2026-01.csv", "encoding": "utf-8"}'],
  [
    'http.get',
    '{"url": "https://api.example.com/v1/orders/8841", "headers": {"accept": "application/json"}}',
  ],
  ['refund_order', '{"order_id": "W8841", "amount": 25.5, "currency": "EUR"}'],
  ['crm.lookup', '{"customer": "c-1042"}'],
  ['bash', '{"command": "ls -la /srv/data"}'],
];
const MODELS = ['gpt-4o', 'gpt-4o', 'claude-sonnet-4', 'mystery-7b'];
const KINDS = [
  'tool_call',
  'tool_call',
  'model_call',
  'model_call',
  'decision',
  'step',
  'agent_run',
  'retrieval',
] as const;

/**
 * One event of a mixed fleet, with what the worker adds. Rare tools and models stand last in their
 * lists.
 */
export function variedEvent(random: () => number): Judged {
  const pick = <T>(list: readonly T[], rare = 1): T => {
    const end = random() < rare ? list.length : list.length - 1;
    return list[Math.floor(random() * end)] as T;
  };
  const kind = pick(KINDS);
  const [tool, args] = pick(TOOLS, 0.05);
  const agentId = random() < 0.98 ? `agent-${Math.floor(random() * 20)}` : null;
  const event = agentEvent({
    event_id: '01890a5d-ac96-774b-bcce-b302099a8057',
    tenant_id: 'acme',
    kind,
    phase: pick(['start', 'end', 'end', 'point'] as const),
    event_time: 1_767_225_600_000_000,
    trace_id: '0af7651916cd43dd8448eb211c80319c',
    span_id: 'b7ad6b7169203331',
    run_id: `run-${Math.floor(random() * 50)}`,
    producer: producer({ service: 'fleet', environment: random() < 0.7 ? 'prod' : 'staging' }),
    agent: { ...NOBODY, id: agentId },
    input: content(kind === 'tool_call' ? args : PROSE.repeat(3)),
    output: content(PROSE.repeat(2)),
    tool:
      kind === 'tool_call'
        ? toolCall({ name: tool, effect: pick(['read', 'read', 'write', null]) })
        : null,
    model: kind === 'model_call' ? modelOf(pick(MODELS, 0.05), random) : null,
    decision: kind === 'decision' ? decisionOf(random) : null,
  });
  return { event, ...addedTo(event, random) };
}

const NOBODY = {
  id: null,
  name: null,
  version: '1.4.2',
  framework: null,
  prompt_name: null,
  prompt_version: null,
  policy_bundle: null,
};

function modelOf(request_model: string, random: () => number): ModelCall {
  return modelCall({
    request_model,
    response_model: `${request_model}-2026-01-01`,
    output_tokens: Math.floor(random() * 8100),
    region: random() < 0.97 ? 'eu-central-1' : 'us-east-1',
  });
}

function decisionOf(random: () => number): Decision {
  const irreversible = random() < 0.1;
  return decision({
    id: 'd',
    type: 'refund',
    chosen: 'refund',
    confidence: random(),
    irreversible,
  });
}

function addedTo(event: Judged['event'], random: () => number): Omit<Judged, 'event'> {
  const labels = random() < 0.2 ? ['email'] : random() < 0.02 ? ['aws_key'] : [];
  return {
    facts: {
      start_time: event.event_time,
      duration_ns: 0,
      ingest_lag_us: 10,
      seq: 3,
      cost_nano_usd: 0,
      cost_source: '',
      failure_mode: '',
      business: {
        registered: random() < 0.98,
        owner: 'cx',
        team: 'cx',
        criticality: 'medium',
        cost_center: '1',
        kpi: '',
        profile: random() < 0.1 ? 'read_only' : 'read_write',
        allowed_tools: [
          'search.web',
          'get_order',
          'send_email',
          'db.query',
          'fs.read',
          'http.get',
          'crm.lookup',
          'bash',
          random() < 0.9 ? 'refund_order' : '',
        ],
        allowed_models: ['gpt-4o', 'gpt-4o-2024-08-06', 'claude-sonnet-4'],
        allowed_regions: ['eu-', 'europe'],
      },
    },
    pii: { labels, input: labels, output: [], counts: {} },
  };
}
