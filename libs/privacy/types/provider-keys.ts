// Keys and tokens of providers that carry a prefix: one line each, with the bytes a body is made of, how many at
// least, and how many digits at least, so that words that start alike stay. The pass stops at the anchor, the first
// of - _ A in the prefix, and compares the rest there.
// Sources: the providers' own documentation of their token formats.
// Example: a "ghp_" with 36 letters and digits behind it is a github_token.
import { isAlnum, isBase64Url, isDigit, touchesWord, type Scan } from '../scan.ts';
import type { PiiType, TypeRow } from './row.ts';

type Prefix = {
  readonly prefix: string;
  readonly body: 'alnum' | 'base64url' | 'upper';
  readonly least: number;
  readonly digits: number;
};

const p = (prefix: string, least: number, body: Prefix['body'] = 'alnum', digits = 1): Prefix => ({
  prefix,
  body,
  least,
  digits,
});

const PREFIXES: Readonly<Partial<Record<PiiType, readonly Prefix[]>>> = {
  aws_key: ['AKIA', 'ASIA', 'ABIA', 'ACCA'].map((prefix) => p(prefix, 16, 'upper', 0)),
  gcp_key: [p('AIza', 35, 'base64url'), p('GOCSPX-', 28, 'base64url', 0)],
  github_token: [
    ...['ghp_', 'gho_', 'ghu_', 'ghs_', 'ghr_'].map((prefix) => p(prefix, 36)),
    p('github_pat_', 36, 'base64url'),
  ],
  gitlab_token: [
    ...[
      'glpat-',
      'gldt-',
      'glrt-',
      'glptt-',
      'glcbt-',
      'glsoat-',
      'glimt-',
      'glagent-',
      'glft-',
      'gloas-',
    ].map((prefix) => p(prefix, 20, 'base64url', 0)),
  ],
  slack_token: [
    'xoxb-',
    'xoxp-',
    'xoxa-',
    'xoxr-',
    'xoxs-',
    'xoxe-',
    'xoxc-',
    'xoxd-',
    'xapp-',
  ].map((prefix) => p(prefix, 10, 'base64url', 3)),
  stripe_key: [
    ...['sk_live_', 'sk_test_', 'rk_live_', 'rk_test_'].map((prefix) => p(prefix, 16)),
    p('whsec_', 24),
  ],
  anthropic_key: [p('sk-ant-', 24, 'base64url')],
  api_key: [
    p('sk-or-v1-', 32),
    p('gsk_', 40),
    p('xai-', 60),
    p('pplx-', 40),
    p('nvapi-', 50, 'base64url'),
    p('lsv2_', 36, 'base64url'),
    p('pypi-AgEI', 50, 'base64url', 0),
    p('dop_v1_', 60),
    p('dckr_pat_', 20, 'base64url', 0),
    p('shpat_', 32),
    p('shpss_', 32),
    p('tvly-', 30, 'base64url'),
    p('pcsk_', 40, 'base64url'),
  ],
  openai_key: [
    p('sk-proj-', 20, 'base64url', 2),
    p('sk-svcacct-', 20, 'base64url', 2),
    p('sk-admin-', 20, 'base64url', 2),
    p('sk-None-', 20, 'base64url', 2),
    p('sk-', 20, 'alnum', 3),
  ],
  huggingface_token: [p('hf_', 30, 'alnum', 0), p('api_org_', 30, 'alnum', 0)],
  npm_token: [p('npm_', 36)],
};

const ANCHORS = '-_A';

/** Anchor byte → byte before it (0 at the start) → prefixes, longest first. */
function finder(prefixes: readonly Prefix[]): (scan: Scan, at: number) => boolean {
  const byBefore: Prefix[][] = [];
  for (const prefix of prefixes.toSorted((x, y) => y.prefix.length - x.prefix.length)) {
    const offset = anchorOf(prefix.prefix);
    const before = offset === 0 ? 0 : prefix.prefix.charCodeAt(offset - 1);
    (byBefore[before] ??= []).push(prefix);
  }
  return (scan, at) => {
    const before = scan.b[at] === 65 ? 0 : scan.b[at - 1]!;
    const candidates = byBefore[before];
    return candidates !== undefined && candidates.some((prefix) => matches(scan, at, prefix));
  };
}

function anchorOf(prefix: string): number {
  for (let i = 0; i < prefix.length; i++) if (ANCHORS.includes(prefix.charAt(i))) return i;
  throw new Error(`the prefix ${prefix} has none of the anchors ${ANCHORS}`);
}

function matches(scan: Scan, at: number, { prefix, body, least, digits }: Prefix): boolean {
  const b = scan.b;
  const start = at - anchorOf(prefix);
  if (start < scan.floor) return false;
  for (let i = 0; i < prefix.length; i++) if (b[start + i] !== prefix.charCodeAt(i)) return false;
  // also bounds the work: a body is read once, because a prefix inside it is not looked at again
  if (start > scan.from && isBase64Url(b[start - 1]!) && touchesWord(b, start)) return false;
  if (b[start - 1] === 45 && start > scan.from) return false;
  let i = start + prefix.length;
  const bodyStart = i;
  let found = 0;
  while (i < scan.to && isBody(b[i]!, body)) if (isDigit(b[i++]!)) found++;
  while (body === 'base64url' && b[i - 1] === 45) i--;
  if (i - bodyStart < least || found < digits) return false;
  if (body === 'upper' && (i - bodyStart !== least || isAlnum(b[i]!))) return false;
  scan.start = start;
  scan.end = i;
  return true;
}

function isBody(c: number, body: Prefix['body']): boolean {
  if (body === 'alnum') return isAlnum(c);
  return body === 'base64url' ? isBase64Url(c) : isDigit(c) || (c > 64 && c < 91);
}

const MIXED = 'aB3dE5fG7hJ9kL1mN2pQ4rS6tU8vW0xY';
const EXAMPLES: Readonly<Partial<Record<PiiType, readonly string[]>>> = {
  aws_key: ['aws ‹AKIAIOSFODNN7EXAMPLE›.'],
  gcp_key: [`?key=‹AIza${MIXED}abc›&`, `‹GOCSPX-${MIXED}›`],
  github_token: [`git clone with ‹ghp_${MIXED}abcd›`, `‹github_pat_11ABCDE_${MIXED}${MIXED}›`],
  gitlab_token: ['use ‹glpat-aB3dE5fG7hJ9kL1mN2pQ› now'],
  slack_token: ['bot ‹xoxb-123456789012-1234567890123-aB3dE5fG7hJ9›'],
  stripe_key: ['‹sk_live_aB3dE5fG7hJ9kL1mN2pQ4rS6›', '‹rk_test_aB3dE5fG7hJ9kL1mN2pQ›'],
  anthropic_key: [`‹sk-ant-api03-${MIXED}-${MIXED}AA›`],
  openai_key: [`‹sk-proj-${MIXED}_${MIXED}›`, `key ‹sk-${MIXED}T3BlbkFJ${MIXED}›`],
  huggingface_token: [`login ‹hf_${MIXED}ab›`],
  npm_token: [`//registry/:_authToken ‹npm_${MIXED}abcd›`],
  api_key: [`‹gsk_${MIXED}${MIXED}›`, `‹sk-or-v1-${MIXED}${MIXED}›`],
};
const COUNTER_EXAMPLES: Readonly<Partial<Record<PiiType, readonly string[]>>> = {
  aws_key: ['AKIA', 'AKIAIOSFODNN7EXAMPLEX', 'xAKIAIOSFODNN7EXAMPLE'],
  gcp_key: ['AIza is a prefix'],
  github_token: ['ghp_short', 'the ghp_ prefix'],
  gitlab_token: ['glpat-short'],
  slack_token: ['xoxb-token-goes-here'],
  stripe_key: ['pk_live_aB3dE5fG7hJ9kL1mN2pQ4rS6', 'task_test_runner_for_everything'],
  anthropic_key: ['sk-ant-short'],
  openai_key: ['sk-toggleable-content-wrapper-item', 'risk-assessment-0123456789-abcdefghij'],
  huggingface_token: ['hf_hub_download', 'hf_transfer'],
  npm_token: ['npm_config_cache', 'npm_lifecycle_event'],
  api_key: ['gsk_short'],
};

export const PROVIDER_KEY_ROWS: readonly TypeRow[] = Object.entries(PREFIXES).map(
  ([type, prefixes]) => ({
    type: type as PiiType,
    trigger: { at: 'bytes', bytes: anchorBytes(prefixes) },
    find: finder(prefixes),
    normalise: (raw: string) => raw,
    context: 0,
    examples: EXAMPLES[type as PiiType] ?? [],
    counterExamples: COUNTER_EXAMPLES[type as PiiType] ?? [],
  }),
);

function anchorBytes(prefixes: readonly Prefix[]): string {
  return [...new Set(prefixes.map(({ prefix }) => prefix.charAt(anchorOf(prefix))))].join('');
}
