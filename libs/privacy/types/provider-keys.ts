// Keys and tokens of providers that carry a prefix: one line each, with the bytes a body is made
// of, how many at least, and how many digits at least, so that words that start alike stay. The
// pass stops at the anchor, the first of - _ A in the prefix, and compares the rest there.
// Sources: the providers' own documentation of their token formats.
// Example: a "ghp_" with 36 letters and digits behind it is a github_token.
import { isAlnum, isBase64Url, isDigit, touchesWord, type Scan } from '../scan.ts';
import type { PiiType, Trigger, TypeRow } from './row.ts';

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
  gcp_key: [p('AIza', 35, 'base64url')],
  github_token: [
    ...['ghp_', 'gho_', 'ghu_', 'ghs_', 'ghr_'].map((prefix) => p(prefix, 36)),
    p('github_pat_', 36, 'base64url'),
  ],
  gitlab_token: [
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

type Compiled = Prefix & { readonly anchor: number; readonly bytes: Uint8Array };

function compile(prefix: Prefix): Compiled {
  return {
    ...prefix,
    anchor: anchorOf(prefix.prefix),
    bytes: new TextEncoder().encode(prefix.prefix),
  };
}

/** Longest prefix first, so that sk-ant- is asked before sk-. */
function finder(prefixes: readonly Prefix[]): (scan: Scan, at: number) => boolean {
  const compiled = prefixes.map(compile).toSorted((x, y) => y.bytes.length - x.bytes.length);
  return (scan, at) => {
    for (let k = 0; k < compiled.length; k++) if (matches(scan, at, compiled[k]!)) return true;
    return false;
  };
}

function anchorOf(prefix: string): number {
  for (let i = 0; i < prefix.length; i++) if (ANCHORS.includes(prefix.charAt(i))) return i;
  throw new Error(`the prefix ${prefix} has none of the anchors ${ANCHORS}`);
}

function matches(scan: Scan, at: number, prefix: Compiled): boolean {
  const b = scan.b;
  const { bytes, body } = prefix;
  const start = at - prefix.anchor;
  if (b[start] !== bytes[0] || start < scan.floor) return false;
  for (let i = 1; i < bytes.length; i++) if (b[start + i] !== bytes[i]) return false;
  // also bounds the work: a body is read once, because a prefix inside it is not looked at again
  if (start > scan.from && isInsideKey(b, start)) return false;
  let i = start + bytes.length;
  const bodyStart = i;
  let found = 0;
  while (i < scan.to && isBody(b[i]!, body)) if (isDigit(b[i++]!)) found++;
  while (i > bodyStart && b[i - 1] === 45) i--;
  if (i - bodyStart < prefix.least || found < prefix.digits) return false;
  if (body === 'upper' && (i - bodyStart !== prefix.least || isAlnum(b[i]!))) return false;
  scan.start = start;
  scan.end = i;
  return true;
}

/**
 * True when a letter, a digit or a dash touches the prefix; behind an underscore (my_ghp_…) it may
 * start.
 */
function isInsideKey(b: Uint8Array, start: number): boolean {
  const before = b[start - 1]!;
  return before === 45 || (before !== 95 && touchesWord(b, start));
}

function isBody(c: number, body: Prefix['body']): boolean {
  if (body === 'alnum') return isAlnum(c);
  return body === 'base64url' ? isBase64Url(c) : isDigit(c) || (c > 64 && c < 91);
}

const MIXED = 'aB3dE5fG7hJ9kL1mN2pQ4rS6tU8vW0xY';
const EXAMPLES: Readonly<Partial<Record<PiiType, readonly string[]>>> = {
  aws_key: ['aws ‹AKIAIOSFODNN7EXAMPLE›.'],
  gcp_key: [`?key=‹AIza${MIXED}abc›&`],
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

/** OAuth client secrets of Google have another anchor than its API keys: a row of their own. */
const GOOGLE_SECRET: TypeRow = {
  type: 'gcp_key',
  trigger: { at: 'bytes', bytes: '-', before: 'X', before2: 'P' },
  find: finder([p('GOCSPX-', 28, 'base64url', 0)]),
  normalise: (raw) => raw,
  context: 0,
  examples: [`‹GOCSPX-${MIXED}›`],
  counterExamples: ['GOCSPX-short'],
};

export const PROVIDER_KEY_ROWS: readonly TypeRow[] = Object.entries(PREFIXES)
  .map(([type, prefixes]) => ({
    type: type as PiiType,
    trigger: triggerOf(prefixes),
    find: finder(prefixes),
    normalise: (raw: string) => raw,
    context: 0,
    examples: EXAMPLES[type as PiiType] ?? [],
    counterExamples: COUNTER_EXAMPLES[type as PiiType] ?? [],
  }))
  .concat(GOOGLE_SECRET);

function triggerOf(prefixes: readonly Prefix[]): Trigger {
  let bytes = '';
  let before = '';
  let before2 = '';
  for (const { prefix } of prefixes) {
    const anchor = anchorOf(prefix);
    bytes += prefix.charAt(anchor);
    before += prefix.charAt(anchor - 1);
    before2 += prefix.charAt(anchor - 2);
  }
  // AKIA and AIza start with their anchor: what comes after it tells
  const starts = prefixes.filter(({ prefix }) => anchorOf(prefix) === 0);
  if (starts.length === prefixes.length) {
    return { at: 'bytes', bytes, after: starts.map(({ prefix }) => prefix.charAt(1)).join('') };
  }
  return starts.length > 0 ? { at: 'bytes', bytes } : { at: 'bytes', bytes, before, before2 };
}
