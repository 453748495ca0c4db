// One notification per verdict on agent.violations. At least once; the id is a hash of source and
// rule, so repeats show.
// Example: const encode = violationEncoder(avroEncoder, { topic, policyBundle }); encode(source,
// event, verdict)
import { hash } from 'node:crypto';
import type { AgentEvent } from '@agentspine/event/agent-event';
import type { Verdict } from '@agentspine/event/facts';
import type { Encoder } from '@agentspine/wire/avro-encoder';
import type { Source } from './journey.ts';

export type ViolationEncoder = (source: Source, event: AgentEvent, verdict: Verdict) => Buffer;

export function violationEncoder(
  encode: Encoder<object>,
  { topic, policyBundle }: { readonly topic: string; readonly policyBundle: string },
): ViolationEncoder {
  return (source, event, verdict) =>
    encode({
      violation_id: violationId(topic, source, verdict.rule_id),
      ...verdict,
      policy_bundle: policyBundle,
      origin: 'worker',
      source_topic: topic,
      source_partition: source.partition,
      source_offset: source.offset,
      event_id: event.event_id,
      tenant_id: event.tenant_id,
      trace_id: event.trace_id,
      run_id: event.run_id,
      agent_id: event.agent?.id ?? null,
      tool_name: event.tool?.name ?? null,
      event_time: event.event_time,
      evidence: [],
    });
}

export function violationId(topic: string, source: Source, ruleId: string): string {
  return hash('sha256', `${topic}\n${source.partition}\n${source.offset}\n${ruleId}`).slice(0, 32);
}
