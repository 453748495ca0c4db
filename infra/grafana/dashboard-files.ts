// Where the descriptions and the rendered dashboards lie, and the list of every panel's query.
// Guarantees: reads the repository's own files, in the order of their names.
// Example: for (const { dashboard, title, sql } of panelQueries()) …
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildDashboard, withFilters } from './build-dashboard.ts';
import { isRow, readPanels, type Dashboard, type Panel } from './read-panels.ts';

const PANELS = join(import.meta.dirname, 'panels');
export const DASHBOARDS = join(import.meta.dirname, 'dashboards');

export function readAll(): readonly Dashboard[] {
  return filesOf(PANELS, '.yaml').map((file) =>
    readPanels(file.slice(0, -'.yaml'.length), readFileSync(join(PANELS, file), 'utf8')),
  );
}

export const dashboardFiles = (): readonly string[] => filesOf(DASHBOARDS, '.json');

/** As it lies in dashboards/. */
export function jsonOf(source: Dashboard): string {
  return `${JSON.stringify(buildDashboard(source), null, 2)}\n`;
}

export type PanelQuery = {
  readonly dashboard: string;
  readonly title: string;
  readonly show: Panel['show'];
  /** As Grafana sends it to the plugin, macros and variables not yet replaced. */
  readonly sql: string;
};

/** The SQL of every panel that asks ClickHouse. */
export function panelQueries(): readonly PanelQuery[] {
  return readAll().flatMap(({ name, panels }) =>
    panels.flatMap((panel) =>
      isRow(panel) || panel.sql === undefined
        ? []
        : [{ dashboard: name, title: panel.title, show: panel.show, sql: withFilters(panel.sql) }],
    ),
  );
}

function filesOf(folder: string, ending: string): readonly string[] {
  return readdirSync(folder)
    .filter((file) => file.endsWith(ending))
    .toSorted();
}
