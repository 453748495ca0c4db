// A report as one HTML page that needs nothing from outside: charts drawn already, light and dark,
// good on paper, with the numbers behind every chart and the way to get them again.
// Guarantees: every value escaped; a content policy that lets no script run and nothing be loaded;
// what a picture shows is also said in words and stands in a table.
// Example: writeFileSync('drift.html', await htmlPage(report))
import { drawSvg } from './draw-svg.ts';
import { htmlTable, numbersOf } from './html-table.ts';
import { html, trusted, type Markup } from './html-text.ts';
import { PAGE_STYLE } from './page-style.ts';
import type { Chart, Finding, Report, Section, Source } from './report.ts';
import { showTime } from './show-value.ts';
import { variableOf } from './svg-colours.ts';
import { scopeWords } from './terminal-lines.ts';

const POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'";
const TONE_WORDS = { bad: 'Found: ', warn: 'Look at: ', good: 'Good: ', plain: '' } as const;

export async function htmlPage(report: Report): Promise<string> {
  const sections: Markup[] = [];
  // One after the other: a chart is drawn within milliseconds, and memory stays small.
  for (const section of report.sections) sections.push(await sectionMarkup(section));
  const page = html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta http-equiv="Content-Security-Policy" content="${trusted(POLICY)}" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <meta name="generator" content="AgentSpine" />
        <title>${report.title} · AgentSpine</title>
        <style>
          ${trusted(PAGE_STYLE)}
        </style>
      </head>
      <body>
        <main>
          <header>
            <h1>${report.title}</h1>
            <p class="scope">${capital(scopeWords(report.scope))}</p>
            ${
              report.findings.length > 0
                ? html`<ul class="findings">
                    ${report.findings.map((one) => finding(one))}
                  </ul>`
                : undefined
            }
          </header>
          ${sections} ${footer(report)}
        </main>
      </body>
    </html> `;
  return page.text;
}

function finding({ tone, text }: Finding): Markup {
  const word = TONE_WORDS[tone];
  return html`<li class="${tone}">${word === '' ? undefined : html`<b>${word}</b>`}${text}</li> `;
}

async function sectionMarkup({
  id,
  title,
  text = [],
  charts = [],
  table,
}: Section): Promise<Markup> {
  const figures: Markup[] = [];
  for (const chart of charts) figures.push(await figure(chart));
  return html`<section id="${id}">
    <h2>${title}</h2>
    ${text.map((one) => html`<p>${withCode(one)}</p>`)} ${figures}
    ${table === undefined ? undefined : htmlTable(table)}
  </section> `;
}

/** `names` of commands and tables as code. */
function withCode(text: string): readonly Markup[] {
  return text
    .split('`')
    .map((piece, at) => (at % 2 === 1 ? html`<code>${piece}</code>` : html`${piece}`));
}

async function figure(chart: Chart): Promise<Markup> {
  const numbers = numbersOf(chart);
  if (numbers.rows.length === 0) return html``;
  const svg = await drawSvg(chart);
  return html`<figure>
    <figcaption>${chart.title}</figcaption>
    <p class="alt">${chart.alt}</p>
    ${legend(chart)}
    <div role="img" aria-label="${`${chart.title}. ${chart.alt}`}">${trusted(svg)}</div>
    <details>
      <summary>Numbers</summary>
      ${htmlTable(numbers)}
    </details>
  </figure> `;
}

function legend(chart: Chart): Markup | undefined {
  if (chart.is !== 'line' && chart.is !== 'bars') return undefined;
  if (chart.series.length < 2) return undefined;
  const items = chart.series.map(
    ({ name, tone }, at) =>
      html`<li><i style="background:${variableOf(at, tone)}"></i>${name}</li>`,
  );
  return html`<ul class="legend" aria-hidden="true">
    ${items}
  </ul>`;
}

function footer({ scope, commands, sources }: Report): Markup {
  return html`<footer>
    <p>Made at ${showTime(scope.generatedAt)} UTC by AgentSpine. Times are UTC.</p>
    ${
      commands.length > 0
        ? html`<p>The same again, and what leads on:</p>
            <pre>${trusted(commands.map((one) => html`${one}`.text).join('\n'))}</pre>`
        : undefined
    }
    ${sources.map((source) => sourceMarkup(source))}
  </footer>`;
}

/** Lines of SQL stay lines, so they are escaped one by one. */
function sourceMarkup({ name, sql, params }: Source): Markup {
  const lines = [
    ...Object.entries(params).map(([key, value]) => `-- ${key} = ${JSON.stringify(value)}`),
    ...sql.trimEnd().split('\n'),
  ].map((line) => html`${line}`.text);
  return html`<details>
    <summary>Query ${name}</summary>
    <pre>${trusted(lines.join('\n'))}</pre>
  </details> `;
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
