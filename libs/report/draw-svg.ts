// Draws a chart as SVG text, on the server, with Apache ECharts.
// Guarantees: the library is loaded when the first chart is drawn, not before; no script, no
// outside reference and no style sheet in the picture; its colours follow the page.
// Example: const svg = await drawSvg(chart)
import type * as ECharts from 'echarts/core';
import { chartOptions, WIDTH } from './chart-options.ts';
import type { Chart } from './report.ts';
import { followPage } from './svg-colours.ts';

export async function drawSvg(chart: Chart): Promise<string> {
  const { init } = await loaded();
  const { option, height } = chartOptions(chart);
  const drawing = init(null, null, { renderer: 'svg', ssr: true, width: WIDTH, height });
  try {
    drawing.setOption(option);
    return followPage(slim(drawing.renderToSVGString({ useViewBox: true })));
  } finally {
    drawing.dispose();
  }
}

let loading: Promise<typeof ECharts> | undefined;

function loaded(): Promise<typeof ECharts> {
  return (loading ??= load());
}

async function load(): Promise<typeof ECharts> {
  const [core, charts, components, renderers] = await Promise.all([
    import('echarts/core'),
    import('echarts/charts'),
    import('echarts/components'),
    import('echarts/renderers'),
  ]);
  core.use([
    charts.BarChart,
    charts.LineChart,
    charts.ScatterChart,
    charts.CustomChart,
    components.GridComponent,
    components.MarkLineComponent,
    renderers.SVGRenderer,
  ]);
  return core;
}

/** Without what only the library's own script in a browser would use. */
function slim(svg: string): string {
  return svg
    .replace(/<style[^>]*>[\s\S]*?<\/style>/gu, '')
    .replace(/ (?:class="zr\d+-cls-\d+"|ecmeta_[a-z_]+="[^"]*"|pointer-events="visible")/gu, '');
}
