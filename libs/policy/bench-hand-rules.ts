// Ten rules of the pack as a careful person would write them by hand: the speed limit in the
// benchmark. judge.bench.ts checks that they find as much as the rules themselves.
import type { Judged } from '@agentspine/event/facts';

export type Hand = (judged: Judged) => boolean;

export const TEN = [
  'TOOL-001',
  'TOOL-002',
  'TOOL-003',
  'TOOL-004',
  'TOOL-005',
  'PII-003',
  'COST-003',
  'DEC-001',
  'ID-001',
  'SUP-001',
];

const SHELLS = new Set([
  'bash',
  'sh',
  'zsh',
  'shell',
  'powershell',
  'terminal',
  'python',
  'python.exec',
  'exec',
  'code_interpreter',
  'run_code',
]);
const DESTRUCTIVE = /(?:^|[._/-])(?:drop|delete|destroy|truncate|wipe|purge|rm)(?:[._/-]|$)/i;
const SECRETS = new Set([
  'jwt',
  'private_key',
  'aws_key',
  'gcp_key',
  'azure_key',
  'github_token',
  'gitlab_token',
  'slack_token',
  'stripe_key',
  'openai_key',
  'anthropic_key',
  'huggingface_token',
  'npm_token',
  'api_key',
  'url_credentials',
  'secret_assignment',
]);

/** What a careful person would write for the ten, in the order of TEN. */
export const HAND: readonly Hand[] = [
  ({ event: e, facts: f }) =>
    e.kind === 'tool_call' &&
    e.phase !== 'start' &&
    e.tool !== null &&
    f.business.allowed_tools.length > 0 &&
    !f.business.allowed_tools.includes(e.tool.name) &&
    e.tool.name !== 'think' &&
    e.tool.name !== 'final_answer',
  ({ event: e }) => {
    if (e.kind !== 'tool_call' || e.phase === 'start' || e.tool === null) return false;
    const { environment } = e.producer;
    if (environment !== 'prod' && environment !== 'production') return false;
    const { name } = e.tool;
    const isShell =
      SHELLS.has(name) ||
      name.startsWith('shell.') ||
      name.endsWith('.bash') ||
      name.endsWith('.exec') ||
      name.endsWith('_shell');
    return (
      isShell && !(e.agent?.id === 'code-runner' && e.tool.server?.startsWith('sandbox-') === true)
    );
  },
  ({ event: e }) =>
    e.kind === 'tool_call' &&
    e.phase !== 'start' &&
    e.tool !== null &&
    e.tool.approval_id === null &&
    (e.tool.effect === 'destructive' || DESTRUCTIVE.test(e.tool.name)) &&
    e.tool.effect !== 'read',
  ({ event: e, facts: f }) =>
    e.kind === 'tool_call' &&
    e.phase !== 'start' &&
    f.business.profile === 'read_only' &&
    (e.tool?.effect === 'write' || e.tool?.effect === 'destructive'),
  ({ event: e, pii }) =>
    e.kind === 'tool_call' && e.phase !== 'start' && pii.input.some((label) => SECRETS.has(label)),
  ({ event: e, facts: f }) => {
    if (e.kind !== 'model_call' || e.phase === 'start' || f.business.allowed_regions.length === 0)
      return false;
    const region = e.model?.region ?? null;
    return (
      region !== null && !f.business.allowed_regions.some((allowed) => region.startsWith(allowed))
    );
  },
  ({ event: e }) =>
    e.kind === 'model_call' &&
    e.phase !== 'start' &&
    e.model?.usage_scope === 'own' &&
    (e.model.output_tokens ?? 0) > 8000 &&
    !/^(?:.*-thinking|o1.*|o3.*|deepseek-r.*)$/s.test(e.model.request_model ?? ''),
  ({ event: e }) =>
    e.kind === 'decision' &&
    e.phase !== 'start' &&
    e.decision?.irreversible === true &&
    (e.decision.confidence === null || e.decision.confidence < 0.7),
  ({ event: e, facts: f }) =>
    (e.kind === 'agent_run' ||
      e.kind === 'decision' ||
      e.kind === 'model_call' ||
      e.kind === 'tool_call') &&
    e.phase !== 'start' &&
    ((e.agent?.id ?? null) === null || !f.business.registered),
  ({ event: e, facts: f }) =>
    e.kind === 'model_call' &&
    e.phase !== 'start' &&
    f.business.allowed_models.length > 0 &&
    (e.model?.request_model ?? null) !== null &&
    (e.model?.response_model ?? null) !== null &&
    !f.business.allowed_models.includes(e.model?.request_model ?? '') &&
    !f.business.allowed_models.includes(e.model?.response_model ?? ''),
];
