// The page and the JSON form: escaped, whole, and following light and dark.
import { beforeAll, describe, expect, test } from 'vitest';
import { htmlPage } from './html-page.ts';
import { escapeHtml, html } from './html-text.ts';
import { HOSTILE, plantedReport } from './planted-report.ts';
import { reportJson } from './report-json.ts';
import { followPage } from './svg-colours.ts';

describe('the page', () => {
  let page = '';
  beforeAll(async () => {
    page = await htmlPage(plantedReport());
  }, 60_000);

  test('no value of data becomes markup', () => {
    expect(page).not.toMatch(/<(?:script|img|iframe|object|link)\b/iu);
    const tags = page.match(/<[a-z][^>]*>/giu) ?? [];
    expect(
      tags.filter((tag) => /\son[a-z]+\s*=/iu.test(tag.replaceAll(/"[^"]*"/gu, '""'))),
    ).toEqual([]);
    expect(page).toContain('&lt;script&gt;alert(1)&lt;/script&gt;');
  });

  test('nothing is loaded from anywhere, and the policy forbids it', () => {
    expect(page).toContain("default-src 'none'");
    const tags = (page.match(/<[a-z][^>]*>/giu) ?? []).map((tag) =>
      tag.replaceAll(/ (?:aria-label|content|title)="[^"]*"/gu, ''),
    );
    const outside = tags.filter((tag) => /\b(?:src|href|data|action)=|url\((?!#)/iu.test(tag));
    expect(outside).toEqual([]);
  });

  test('every chart with values is drawn, with what it shows in words and its numbers', () => {
    const figures = page.match(/<figure>[\s\S]*?<\/figure>/gu) ?? [];
    expect(figures).toHaveLength(10);
    for (const figure of figures) {
      expect(figure).toMatch(/<svg [\s\S]*<path /u);
      expect(figure).toMatch(/role="img" aria-label="[^"]{10,}"/u);
      expect(figure).toContain('<summary>Numbers</summary>');
    }
  });

  test('every colour of a picture follows the page', () => {
    const pictures = (page.match(/<svg [\s\S]*?<\/svg>/gu) ?? []).join('');
    // What cuts a picture has no colour that is seen.
    const seen = pictures.replaceAll(/<clipPath[\s\S]*?<\/clipPath>/gu, '');
    const colours = seen.match(/(?:fill|stroke)="#[0-9a-f]{3,8}"/giu) ?? [];
    expect(new Set(colours)).toEqual(new Set());
    expect(pictures).toMatch(/fill="var\(--tone-bad\)"/u);
  });

  test('no number is written as NaN, Infinity or undefined', () => {
    expect(page).not.toMatch(/NaN|Infinity|undefined/u);
  });

  test('tells tenant, time, when it was made, and how to get the same again', () => {
    expect(page).toContain('2026-11-20 00:00 to 2026-11-22 00:00 UTC');
    expect(page).toContain('Made at 2026-11-22 00:00 UTC');
    expect(page).toContain('<summary>Query latency</summary>');
    expect(page).toContain('SELECT 1 &lt; 2\nFROM x');
  });

  test('an empty report is a page too', async () => {
    const empty = { ...plantedReport(), findings: [], sections: [], commands: [], sources: [] };
    expect(await htmlPage(empty)).toMatch(/^<!doctype html>[\s\S]*<\/html>\s*$/u);
  });
});

describe('the parts', () => {
  test('values are escaped, markup is not', () => {
    expect(html`<b title="${'"'}">${html`<i>${'<'}</i>`}${undefined}${7}</b>`.text).toBe(
      '<b title="&quot;"><i>&lt;</i>7</b>',
    );
    expect(escapeHtml(`<&>"'`)).toBe('&lt;&amp;&gt;&quot;&#39;');
  });

  test('a marker colour is exchanged in attributes, not in texts', () => {
    expect(followPage('<path fill="#0a0001" stroke="#0c0003"/><text>#0a0001</text>')).toBe(
      '<path fill="var(--s1)" stroke="var(--grid)"/><text>#0a0001</text>',
    );
    expect(followPage('<path fill="#0a0009"/>')).toBe('<path fill="#0a0009"/>');
  });

  test('as JSON every section has its rows under its id, and unknown is null', () => {
    const data = JSON.parse(
      JSON.stringify(reportJson(plantedReport()), (_, value: unknown) =>
        typeof value === 'bigint' ? String(value) : value,
      ),
    ) as Record<string, unknown[]>;
    expect(data['report']).toBe('latency');
    expect(data['table']).toHaveLength(17);
    expect(data['none']).toEqual([]);
    expect(data['findings']).toHaveLength(HOSTILE.length);
    expect(data['charts']).toHaveLength(11);
  });
});
