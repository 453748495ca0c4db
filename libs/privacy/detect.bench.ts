// How fast the detector and the privacy step are, beside the usual way (one RegExp per type) in the
// same run. Runs are interleaved and the best of each is taken, so that the ratio holds on a busy
// machine as well.
// Example: npm run bench -- privacy
import { createSecretKey } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { agentEvent, content, modelCall, producer } from '@agentspine/event/build';
import type { AgentEvent } from '@agentspine/event/agent-event';
import { detect, scrubText } from './detect.ts';
import { fieldSet, readEventFields } from './event-fields.ts';
import { parseFieldPolicy } from './field-policy.ts';
import { compilePrivacy } from './pseudonymize.ts';
import type { PseudonymKeys } from './token.ts';

/** The usual way: each type one expression, each text through all of them. */
const EXPRESSIONS = [
  /[A-Za-z0-9][A-Za-z0-9._%+-]{0,63}@(?:[A-Za-z0-9-]{1,63}\.){1,8}[A-Za-z]{2,24}\b/g,
  /(?:\+\d{1,3}[ .-]?)?(?:\(\d{2,4}\)|\b\d{2,4})[ .-]?\d{3,4}[ .-]?\d{3,4}\b/g,
  /\b\d(?:[ -]?\d){11,18}\b/g,
  /\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,4})?\b/g,
  /\b\d{3}-\d{2}-\d{4}\b/g,
  /\b(?:\d{1,3}\.){3}\d{1,3}\b/g,
  /\b(?:[0-9A-Fa-f]{1,4}:){3,7}(?::?[0-9A-Fa-f]{1,4}){1,4}\b/g,
  /\beyJ[A-Za-z0-9_-]{8,1000}\.eyJ[A-Za-z0-9_-]{8,1000}\.[A-Za-z0-9_-]{8,1000}/g,
  /-----BEGIN [A-Z ]{0,40}PRIVATE KEY/g,
  /\b(?:AKIA|ASIA|ABIA|ACCA)[A-Z0-9]{16}\b/g,
  /\bAIza[0-9A-Za-z_-]{35}/g,
  /\bgh[pousr]_[A-Za-z0-9]{36,255}/g,
  /\bgl[a-z]{2,5}-[A-Za-z0-9_-]{20,}/g,
  /\bxox[a-e0-9prs]-[A-Za-z0-9-]{10,250}/g,
  /\b(?:sk|rk)_(?:live|test)_[A-Za-z0-9]{16,247}/g,
  /\bsk-(?:ant-|proj-|svcacct-|admin-)?[A-Za-z0-9_-]{20,256}/g,
  /\bhf_[A-Za-z0-9]{30,}/g,
  /\bnpm_[A-Za-z0-9]{36}/g,
  /\b[a-z][a-z0-9+.-]{1,15}:\/\/[^\s:@/]{0,64}:[^\s@/]{1,128}@/g,
  /\b(?:api[_-]?key|secret|token|passw(?:or)?d|pwd)["']?\s{0,4}[:=]\s{0,4}["']?[^\s"'&;,]{8,}/gi,
];

const PROMPTS = [
  `You are a support agent of an airline. Look the reservation up before you answer, and never
  invent a fare. The
customer says: my flight HAT-204 on 2026-11-22 was delayed by three hours and I missed the
connection in Denver. They ask
for a refund of $412.50, or a voucher. Policy 7.2 allows one when the delay is over 120 minutes. Be
brief and polite.`,
  `I checked order 88120-A with search_orders (latency 412 ms, 3 items) and get_invoice. The
  invoice total is 129.90
EUR, the payment was captured at 2026-11-21T18:04:11.532Z and shipped from warehouse eu-west-2. I
will confirm to
bob.smith@example.org that the parcel arrives on Tuesday, and note the tracking id
4bf92f3577b34da6a3ce929d0e0e4736.`,
  `Summarise the claim. The insured reports water damage in the kitchen after a pipe burst; the
  plumber's estimate is
attached. Compare it with similar claims of the last quarter, name the three strongest reasons for
and against paying
out, and give a confidence between 0 and 1. If the amount exceeds 5,000 ask a human. Call +1 (415)
555-2671 if unclear.`,
  `2026-11-22 10:11:12 INFO [worker-7] fetch: plan step 3 of 9 done in 182 ms, tokens_in=1830
  tokens_out=212 model=gpt-4o
id=550e8400-e29b-41d4-a716-446655440000 retrying with backoff after timeout; version 2.14.0 build
1.2.3.4 region us-east-1`,
];

export async function bench(): Promise<void> {
  const bytes = PROMPTS.reduce((sum, text) => sum + Buffer.byteLength(text), 0);
  const token = (type: string): string => `pii_${type}_k1_AAAAAAAAAAAAAAAAAAAAAA`;
  const best = interleave({
    detect: () => PROMPTS.forEach((text) => detect(text)),
    scrub: () => PROMPTS.forEach((text) => scrubText(text, token)),
    expressions: () => PROMPTS.forEach(matchAll),
  });
  const rate = (name: keyof typeof best): number => (bytes * 1000) / best[name];
  console.log(
    `prompt-like text, ${Math.round(bytes / PROMPTS.length)} bytes each, one core, best of all runs`,
  );
  console.log(`  detect                     ${rate('detect').toFixed(0).padStart(6)} MB/s`);
  console.log(`  scrub (two texts hold one) ${rate('scrub').toFixed(0).padStart(6)} MB/s`);
  console.log(`  one RegExp per type        ${rate('expressions').toFixed(0).padStart(6)} MB/s`);
  console.log(
    `  ratio                      ${(best.expressions / best.detect).toFixed(1).padStart(6)} x`,
  );
  benchEvents();
  await Promise.resolve();
}

function benchEvents(): void {
  const step = shippedStep();
  const keys: PseudonymKeys = { version: 'k1', keyFor: () => KEY };
  const clean = demoEvent(
    'Look up reservation HAT-204 and offer a voucher when policy allows one.',
  );
  const personal = demoEvent(
    'I am bob.smith@example.org, card 4111 1111 1111 1111, please refund me.',
  );
  const best = interleave({ clean: () => step(clean, keys), personal: () => step(personal, keys) });
  const size = JSON.stringify(clean).length;
  console.log(`pseudonymize, one event of ${size} characters as JSON, actor always replaced`);
  console.log(`  nothing personal in its text   ${(best.clean / 1000).toFixed(2)} µs`);
  console.log(`  an address and a card in it    ${(best.personal / 1000).toFixed(2)} µs`);
}

const KEY = createSecretKey(Buffer.alloc(32, 1));

function shippedStep() {
  const schema = readFileSync(new URL('../../schemas/agent-event.avsc', import.meta.url), 'utf8');
  const fields = readEventFields(JSON.parse(schema));
  const kept = ['event_id', 'tenant_id', 'trace_id', 'span_id', 'parent_span_id'];
  const policy = {
    version: 1,
    fields: {
      ...Object.fromEntries(kept.map((path) => [path, 'keep'])),
      'actor.id': { action: 'pseudonymise', type: 'actor' },
      'actor.on_behalf_of': { action: 'pseudonymise', type: 'actor' },
    },
  };
  return compilePrivacy(
    parseFieldPolicy(policy, fieldSet(fields), () => 'bench'),
    fields,
  );
}

function demoEvent(prompt: string): AgentEvent {
  return agentEvent({
    event_id: '0190f3a1-7c00-7000-8000-000000000001',
    tenant_id: 'acme',
    kind: 'model_call',
    phase: 'end',
    event_time: 1_763_870_000_000_000,
    trace_id: '4bf92f3577b34da6a3ce929d0e0e4736',
    span_id: '00f067aa0ba902b7',
    parent_span_id: '53995c3f42cd8ad8',
    run_id: 'run_01jd8x3v5q',
    conversation_id: 'conv_7781',
    correlation: { order_id: 'A-88120', case_id: 'C-1204' },
    agent: {
      id: 'support/refunds',
      name: 'Refund agent',
      version: '2.4.1',
      framework: 'langgraph',
      prompt_name: 'refund',
      prompt_version: '12',
      policy_bundle: null,
    },
    actor: { type: 'user', id: 'mia_li_3668', on_behalf_of: null },
    producer: producer({
      service: 'support-fleet',
      service_version: '1.9.0',
      instance: 'pod-7',
      environment: 'prod',
      sdk: 'agentspine-js/0.1.0',
    }),
    name: 'chat gpt-4o',
    status: 'ok',
    input: content(JSON.stringify({ role: 'user', content: prompt })),
    output: content('The reservation is eligible for a voucher of 100 USD; shall I issue it now?'),
    model: modelCall({
      provider: 'openai',
      request_model: 'gpt-4o',
      response_model: 'gpt-4o-2024-08-06',
      response_id: 'chatcmpl-B4xYz',
      finish_reasons: ['stop'],
      region: 'us-east-1',
    }),
    attributes: { 'deployment.ring': 'canary', 'gen_ai.request.choice.count': '1' },
  });
}

function matchAll(text: string): void {
  for (const expression of EXPRESSIONS) {
    expression.lastIndex = 0;
    while (expression.test(text));
  }
}

/** Best nanoseconds per call of each, over rounds in which they take turns. */
function interleave<Name extends string>(
  runs: Readonly<Record<Name, () => void>>,
): Record<Name, number> {
  const names = Object.keys(runs) as Name[];
  const best = Object.fromEntries(names.map((name) => [name, Infinity])) as Record<Name, number>;
  for (let round = 0; round < 40; round++) {
    for (const name of names) {
      const calls = 400;
      const start = process.hrtime.bigint();
      for (let k = 0; k < calls; k++) runs[name]();
      const each = Number(process.hrtime.bigint() - start) / calls;
      if (round > 4) best[name] = Math.min(best[name], each);
    }
  }
  return best;
}
