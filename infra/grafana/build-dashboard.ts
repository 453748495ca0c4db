// Makes Grafana's dashboard JSON from a description (read-panels.ts), through Grafana's own typed
// builders.
// Guarantees: the same description gives the same bytes; uids, ids and places follow from the file
// alone; panels fill 24 columns from left to right without overlap; what a panel cannot be filtered
// by is said in its description.
// Example: buildDashboard(readPanels('latency', text)).uid // 'agentspine-latency'
import * as bars from '@grafana/grafana-foundation-sdk/barchart';
import * as gauges from '@grafana/grafana-foundation-sdk/bargauge';
import type { Builder, Dataquery } from '@grafana/grafana-foundation-sdk/cog';
import * as common from '@grafana/grafana-foundation-sdk/common';
import * as sdk from '@grafana/grafana-foundation-sdk/dashboard';
import * as prometheus from '@grafana/grafana-foundation-sdk/prometheus';
import * as stats from '@grafana/grafana-foundation-sdk/stat';
import * as tables from '@grafana/grafana-foundation-sdk/table';
import * as series from '@grafana/grafana-foundation-sdk/timeseries';
import {
  isRow,
  LEVELS,
  VARIABLES,
  type Column,
  type Dashboard,
  type Panel,
  type Thresholds,
} from './read-panels.ts';
import { EXPANDED, variable } from './variables.ts';

export const CLICKHOUSE = {
  type: 'grafana-clickhouse-datasource',
  uid: 'agentspine-clickhouse',
} as const;
export const PROMETHEUS = { type: 'prometheus', uid: 'agentspine-prometheus' } as const;
/** Version of the ClickHouse plugin that the queries are written for. */
export const PLUGIN_VERSION = '4.20.0';

const TAG = 'agentspine';
const COLUMNS = 24;
/** Rollups are kept per five minutes: a finer interval would draw gaps. */
const INTERVAL_MIN = '5m';

export const uidOf = (name: string): string => `agentspine-${name}`;

export function buildDashboard(source: Dashboard): sdk.Dashboard {
  const others = new sdk.DashboardLinkBuilder('AgentSpine')
    .type(sdk.DashboardLinkType.Dashboards)
    .tags([TAG])
    .asDropdown(true)
    .includeVars(true)
    .keepTime(true);
  const builder = new sdk.DashboardBuilder(`AgentSpine: ${source.title}`)
    .uid(uidOf(source.name))
    .description(source.description)
    .tags([TAG])
    .timezone('browser')
    .time({ from: source.from, to: 'now' })
    .refresh('1m')
    .tooltip(sdk.DashboardCursorSync.Crosshair)
    .link(others)
    .version(1);
  for (const name of source.variables) builder.withVariable(variable(name, source.variables));
  const built = builder.build();
  return { ...built, panels: placed(source) };
}

/** Panels with ids from 1 and places, shelf by shelf. */
function placed(source: Dashboard): (sdk.Panel | sdk.RowPanel)[] {
  let [x, y, shelf] = [0, 0, 0];
  const nextShelf = (): void => {
    [x, y, shelf] = [0, y + shelf, 0];
  };
  return source.panels.map((panel, at) => {
    const id = at + 1;
    if (isRow(panel)) {
      nextShelf();
      const gridPos = { x: 0, y, w: COLUMNS, h: 1 };
      y += 1;
      return new sdk.RowBuilder(panel.row).id(id).gridPos(gridPos).build();
    }
    if (x + panel.width > COLUMNS) nextShelf();
    const gridPos = { x, y, w: panel.width, h: panel.height };
    x += panel.width;
    shelf = Math.max(shelf, panel.height);
    return build(panel, source).id(id).gridPos(gridPos).build();
  });
}

type AnyPanel =
  | bars.PanelBuilder
  | gauges.PanelBuilder
  | stats.PanelBuilder
  | tables.PanelBuilder
  | series.PanelBuilder;

function build(panel: Panel, source: Dashboard): AnyPanel {
  const builder = SHOWN[panel.show](panel)
    .title(panel.title)
    .description(descriptionOf(panel, source))
    .datasource(panel.sql === undefined ? PROMETHEUS : CLICKHOUSE)
    .targets(targetsOf(panel))
    .unit(panel.unit)
    .noValue('no data');
  if (panel.sql !== undefined && panel.show === 'timeseries') {
    builder.interval(panel.interval ?? INTERVAL_MIN);
  }
  if (panel.decimals !== undefined) builder.decimals(panel.decimals);
  if (panel.max !== undefined) builder.min(0).max(panel.max);
  if (panel.thresholds !== undefined) builder.thresholds(thresholds(panel.thresholds));
  if (panel.legend !== undefined) builder.displayName(panel.legend);
  if (panel.more !== undefined) builder.links([linkTo(panel.more)]);
  for (const [column, own] of Object.entries(panel.columns)) {
    builder.overrideByName(column, propertiesOf(own));
  }
  return builder;
}

const SHOWN: Readonly<Record<Panel['show'], (panel: Panel) => AnyPanel>> = {
  stat: (panel) =>
    new stats.PanelBuilder()
      .graphMode(common.BigValueGraphMode.None)
      .colorMode(
        panel.thresholds === undefined
          ? common.BigValueColorMode.None
          : common.BigValueColorMode.Value,
      )
      .reduceOptions(new common.ReduceDataOptionsBuilder().calcs(['lastNotNull']).values(false)),
  timeseries: (panel) => {
    const builder = new series.PanelBuilder()
      .legend(
        new common.VizLegendOptionsBuilder()
          .showLegend(true)
          .displayMode(common.LegendDisplayMode.List)
          .placement(common.LegendPlacement.Bottom)
          .calcs([]),
      )
      .tooltip(new common.VizTooltipOptionsBuilder().mode(common.TooltipDisplayMode.Multi))
      .fillOpacity(panel.stack ? 40 : 10)
      .showPoints(common.VisibilityMode.Auto)
      .axisSoftMin(0);
    if (panel.thresholds !== undefined) {
      const mode = common.GraphThresholdsStyleMode.Dashed;
      builder.thresholdsStyle(new common.GraphThresholdsStyleConfigBuilder().mode(mode));
    }
    return panel.stack
      ? builder.stacking(
          new common.StackingConfigBuilder().mode(common.StackingMode.Normal).group('A'),
        )
      : builder;
  },
  table: () => new tables.PanelBuilder().cellHeight(common.TableCellHeight.Sm),
  barchart: () =>
    new bars.PanelBuilder()
      .orientation(common.VizOrientation.Vertical)
      .legend(
        new common.VizLegendOptionsBuilder()
          .showLegend(true)
          .displayMode(common.LegendDisplayMode.List)
          .placement(common.LegendPlacement.Bottom)
          .calcs([]),
      ),
  bargauge: () =>
    new gauges.PanelBuilder()
      .orientation(common.VizOrientation.Horizontal)
      .displayMode(common.BarGaugeDisplayMode.Basic)
      .reduceOptions(new common.ReduceDataOptionsBuilder().calcs(['lastNotNull']).values(true)),
};

function descriptionOf(panel: Panel, source: Dashboard): string {
  const ignored = source.variables.filter((name) => panel.sql?.includes(`@${name}`) === false);
  if (ignored.length === 0) return panel.answers;
  return `${panel.answers} Not filtered by ${ignored.join(' or ')}.`;
}

function targetsOf(panel: Panel): Builder<Dataquery>[] {
  if (panel.sql !== undefined) return [clickHouseQuery(panel.sql, panel.show === 'timeseries')];
  return (panel.promql ?? []).map(({ expr, legend }, at) => {
    const query = new prometheus.DataqueryBuilder()
      .refId(String.fromCodePoint(65 + at))
      .datasource(PROMETHEUS)
      .expr(expr)
      .legendFormat(legend);
    return panel.show === 'timeseries' ? query.range() : query.instant();
  });
}

/**
 * A query of the plugin: format 0 is a time series (a column `time`, labels, numbers), 1 a table.
 */
function clickHouseQuery(sql: string, isSeries: boolean): Builder<Dataquery> {
  const query = {
    refId: 'A',
    datasource: CLICKHOUSE,
    editorType: 'sql',
    format: isSeries ? 0 : 1,
    queryType: isSeries ? 'timeseries' : 'table',
    pluginVersion: PLUGIN_VERSION,
    rawSql: withFilters(sql),
  };
  return { build: () => query as unknown as Dataquery };
}

/** `@tenant` in a description stands for the filter by the variable of that name. */
export function withFilters(sql: string): string {
  let written = sql;
  for (const name of VARIABLES) written = written.replaceAll(`@${name}`, () => EXPANDED[name]);
  return written;
}

function thresholds(given: Thresholds): sdk.ThresholdsConfigBuilder {
  const steps = LEVELS.flatMap((color) => {
    const value = given[color];
    return value === undefined ? [] : [{ color, value }];
  }).toSorted((one, other) => one.value - other.value);
  // The first step begins at minus infinity: good, unless the file says from where on it is good.
  const base = given.green === undefined ? 'green' : (steps[0]?.color ?? 'green');
  return new sdk.ThresholdsConfigBuilder()
    .mode(sdk.ThresholdsMode.Absolute)
    .steps([{ color: base, value: null }, ...steps]);
}

function linkTo(name: string): sdk.DashboardLinkBuilder {
  return new sdk.DashboardLinkBuilder('More')
    .type(sdk.DashboardLinkType.Link)
    .url(`/d/${uidOf(name)}?\${__url_time_range}&\${__all_variables}`);
}

function propertiesOf(column: Column): sdk.DynamicConfigValue[] {
  const properties: sdk.DynamicConfigValue[] = [];
  const set = (id: string, value: unknown): void => void properties.push({ id, value });
  if (column.title !== undefined) set('displayName', column.title);
  if (column.unit !== undefined) set('unit', column.unit);
  if (column.decimals !== undefined) set('decimals', column.decimals);
  if (column.width !== undefined) set('custom.width', column.width);
  if (column.thresholds !== undefined) {
    set('thresholds', thresholds(column.thresholds).build());
    set('custom.cellOptions', { type: 'color-text' });
  }
  if (column.link !== undefined) {
    const url = `/d/${uidOf(column.link)}?\${__url_time_range}&\${tenant:queryparam}`;
    set('links', [{ title: 'This agent', url: `${url}&var-agent=\${__value.raw}` }]);
  }
  return properties;
}
