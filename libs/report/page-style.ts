// The look of a report's page: type, colours for light and dark, and how it is printed.
// Guarantees: no outside font, image or script; every colour is a variable, so that one picture is
// right in light, dark and on paper; contrast of text is above 4.5 : 1 in both.
// Example: `<style>${PAGE_STYLE}</style>`

/**
 * Series in the order they are drawn; told apart with any kind of colour vision. After Okabe and
 * Ito.
 */
export const SERIES_COLOURS = 8;

const LIGHT = `
    color-scheme: light;
    --paper: #ffffff; --panel: #f6f7f9; --ink: #1b1f24; --soft: #59636e; --line: #d8dde3; --grid: #e8ebef;
    --bad: #b3261e; --warn: #8a5a00; --good: #1a7f37; --accent: #0b5cad;
    --s1: #0072b2; --s2: #d55e00; --s3: #009e73; --s4: #b0568b; --s5: #c28a00; --s6: #3d9bd6; --s7: #6b4fa0; --s8: #7a7f87;
    --tone-bad: #c8372d; --tone-warn: #d18b00; --tone-good: #2a9d4f; --tone-plain: #0072b2; --band: #dfe9f3;`;

const DARK = `
    color-scheme: dark;
    --paper: #14171b; --panel: #1c2026; --ink: #e8eaed; --soft: #a3adb8; --line: #343b44; --grid: #272d35;
    --bad: #ff8a80; --warn: #f0b849; --good: #5fd07f; --accent: #7cb8ff;
    --s1: #4fa8e0; --s2: #ff8a3d; --s3: #2fc79b; --s4: #e08fc0; --s5: #f0c23b; --s6: #8fd0ff; --s7: #ad94e6; --s8: #9aa3ad;
    --tone-bad: #ff6b5e; --tone-warn: #f0b849; --tone-good: #4cc76e; --tone-plain: #4fa8e0; --band: #23303d;`;

export const PAGE_STYLE = `
  :root {${LIGHT}
  }
  @media screen and (prefers-color-scheme: dark) {
    :root {${DARK}
    }
  }
  * { box-sizing: border-box; }
  html { -webkit-text-size-adjust: 100%; }
  body { margin: 0; background: var(--paper); color: var(--ink);
    font: 16px/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "Liberation Sans", sans-serif; }
  main { max-width: 62rem; margin: 0 auto; padding: 2.5rem 1.5rem 4rem; }
  h1 { font-size: 1.9rem; line-height: 1.2; margin: 0; letter-spacing: -0.015em; }
  h2 { font-size: 1.2rem; line-height: 1.3; margin: 2.75rem 0 0.6rem; letter-spacing: -0.005em; }
  p { margin: 0.4rem 0; max-width: 46rem; }
  .scope { color: var(--soft); margin: 0.5rem 0 0; }
  .findings { list-style: none; margin: 1.6rem 0 0; padding: 0; display: grid; gap: 0.55rem; }
  .findings li { padding: 0.7rem 1rem; background: var(--panel); border-left: 4px solid var(--soft); border-radius: 0 6px 6px 0;
    overflow-wrap: anywhere; }
  .findings .bad { border-color: var(--bad); }
  .findings .warn { border-color: var(--warn); }
  .findings .good { border-color: var(--good); }
  .findings b { font-weight: 600; }
  .findings .bad b { color: var(--bad); }
  .findings .warn b { color: var(--warn); }
  .findings .good b { color: var(--good); }
  figure { margin: 1.1rem 0 0; padding: 0.9rem 1rem 0.7rem; border: 1px solid var(--line); border-radius: 8px; break-inside: avoid; }
  figcaption { font-weight: 600; font-size: 0.95rem; }
  figure svg { display: block; width: 100%; height: auto; margin-top: 0.4rem; }
  figure svg text { font-family: inherit !important; }
  .alt { color: var(--soft); font-size: 0.9rem; margin: 0.1rem 0 0; overflow-wrap: anywhere; }
  .legend { list-style: none; display: flex; flex-wrap: wrap; gap: 0.2rem 1.1rem; margin: 0.5rem 0 0; padding: 0; font-size: 0.85rem; }
  .legend li { display: flex; align-items: center; gap: 0.4rem; overflow-wrap: anywhere; }
  .legend i { flex: none; width: 0.75rem; height: 0.75rem; border-radius: 2px; }
  .scroll { overflow-x: auto; margin-top: 0.7rem; }
  table { border-collapse: collapse; font-size: 0.875rem; line-height: 1.4; min-width: 50%; }
  th, td { padding: 0.34rem 0.9rem 0.34rem 0; text-align: left; vertical-align: top; border-bottom: 1px solid var(--line); }
  th { color: var(--soft); font-weight: 600; white-space: nowrap; }
  td.n, th.n { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
  td.t { overflow-wrap: break-word; min-width: 6rem; max-width: 30rem; }
  td.name { font-weight: 500; white-space: nowrap; }
  td svg { display: block; width: 7.5rem; height: 1.3rem; }
  td .bar { display: block; height: 0.7rem; margin-top: 0.25rem; background: var(--s1); border-radius: 2px; }
  td.b { min-width: 8rem; }
  .none { color: var(--soft); }
  details { margin-top: 0.6rem; font-size: 0.875rem; }
  summary { cursor: pointer; color: var(--accent); }
  summary:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
  pre { background: var(--panel); border: 1px solid var(--line); border-radius: 6px; padding: 0.7rem 0.9rem; overflow-x: auto;
    font: 0.8rem/1.5 ui-monospace, "Cascadia Mono", "DejaVu Sans Mono", Menlo, Consolas, monospace; }
  code { font: 0.9em ui-monospace, "DejaVu Sans Mono", Menlo, Consolas, monospace; }
  footer { margin-top: 3rem; padding-top: 1rem; border-top: 1px solid var(--line); color: var(--soft); font-size: 0.875rem; }
  @media print {
    @page { margin: 16mm 14mm; }
    body { font-size: 10.5pt; }
    main { max-width: none; padding: 0; }
    h2 { break-after: avoid; margin-top: 1.6rem; }
    .findings li { break-inside: avoid; border: 1px solid var(--line); border-left-width: 4px; }
    .scroll { overflow: visible; }
    tr { break-inside: avoid; }
    thead { display: table-header-group; }
    pre { white-space: pre-wrap; overflow-wrap: anywhere; }
    details:not([open]) { display: none; }
    body { -webkit-print-color-adjust: exact; print-color-adjust: exact; }
  }
`;
