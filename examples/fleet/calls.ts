// Calls of the fleet's agents to models and tools, as a user's own wrappers would make them: one
// SDK call around the client's call, with retries around both.
// Example: const order = await useTool(run, it, { name: 'lookup_order', effect: 'read', input: {
//   order_id } }, () => order)
import type { ModelFields, ToolFields } from '@agentspine/sdk/fields';
import type { Run } from '@agentspine/sdk/run';
import type { Case } from './case.ts';
import { ROSTER } from './roster.ts';

const PROVIDERS: Readonly<Record<string, string>> = {
  claude: 'anthropic',
  gpt: 'openai',
  deepseek: 'deepseek',
};
const BYTES_PER_TOKEN = 4;

export type Question = Pick<ModelFields, 'region' | 'maxTokens' | 'attributes'> & {
  readonly model: string;
  readonly system: string;
  readonly user: string;
  readonly medianMs?: number;
  /** Tokens of the answer where they are more than its text shows. */
  readonly outputTokens?: number;
};

/** Asks a model; `answer` stands for what it would say. */
export function askModel(run: Run, it: Case, question: Question, answer: string): Promise<string> {
  const { model, system, user, region, maxTokens, attributes } = question;
  const tokensIn = Math.ceil((system.length + user.length) / BYTES_PER_TOKEN) + 220;
  const medianMs = question.medianMs ?? 900;
  return again(run, () =>
    run.modelCall(
      {
        model,
        provider: PROVIDERS[model.split('-')[0] ?? ''] ?? 'unknown',
        region: region ?? (it.person.home === 'eu' ? 'eu-central-1' : 'us-east-1'),
        temperature: 0.2,
        maxTokens: maxTokens ?? 1024,
        stream: true,
        input: [
          { role: 'system', content: system },
          { role: 'user', content: user },
        ],
        attributes,
      },
      async (span) => {
        await it.call(medianMs);
        span.set({
          responseModel: model,
          responseId: `resp_${it.dice.text(20)}`,
          finishReasons: ['stop'],
          ttftNs: Math.round(medianMs * 1e6 * (0.2 + 0.2 * it.dice.float())),
          inputTokens: tokensIn,
          cacheReadTokens: it.dice.chance(0.6) ? Math.floor(tokensIn / 2) : 0,
          outputTokens: question.outputTokens ?? Math.ceil(answer.length / BYTES_PER_TOKEN),
        });
        return answer;
      },
    ),
  );
}

export type ToolUse = Pick<ToolFields, 'approvalId' | 'attributes' | 'dataContext'> & {
  readonly name: string;
  readonly effect: 'read' | 'write' | 'destructive';
  readonly input: object;
  readonly medianMs?: number;
};

/** Uses a tool; `result` is what it returns. */
export function useTool<T>(run: Run, it: Case, use: ToolUse, result: () => T): Promise<T> {
  const { medianMs = 120, ...fields } = use;
  return again(run, () =>
    run.toolCall(
      {
        ...fields,
        type: 'function',
        protocol: 'mcp',
        server: `${ROSTER[it.agentId].team}-tools`,
        callId: `call_${it.dice.text(16)}`,
      },
      async () => {
        await it.call(medianMs);
        return result();
      },
    ),
  );
}

const HOPELESS = new Set(['permission_denied', 'not_found']);

/** Three tries for what may pass; one for what will not. */
function again<T>(run: Run, call: () => Promise<T>): Promise<T> {
  const mayPass = (error: unknown): boolean =>
    !HOPELESS.has((error as { code?: string }).code ?? '');
  return run.retry({ attempts: 3, waitMs: (attempt) => 250 * 2 ** attempt, when: mayPass }, call);
}
