// What the dashboards are put together of: panels, queries, variables and annotations, in InfluxQL on the layout that
// src/PondSentinel.Backend/Storage/README.md tells.
import { readFileSync } from 'node:fs';
import {
  AnnotationQueryBuilder, DashboardBuilder, DashboardLinkBuilder, DashboardLinkType, MappingType, QueryVariableBuilder, TextBoxVariableBuilder,
  ThresholdsConfigBuilder, ThresholdsMode, VariableRefresh, VariableSort,
} from '@grafana/grafana-foundation-sdk/dashboard';
import {
  GraphDrawStyle, GraphThresholdsStyleConfigBuilder, GraphThresholdsStyleMode, ReduceDataOptionsBuilder, StackingConfigBuilder, StackingMode,
} from '@grafana/grafana-foundation-sdk/common';
import { PanelBuilder as StatPanel } from '@grafana/grafana-foundation-sdk/stat';
import { PanelBuilder as StateTimelinePanel } from '@grafana/grafana-foundation-sdk/statetimeline';
import { PanelBuilder as TablePanel } from '@grafana/grafana-foundation-sdk/table';
import { PanelBuilder as TimeSeriesPanel } from '@grafana/grafana-foundation-sdk/timeseries';

/** What the product says of itself; a test of the repository holds it against the code. */
export const product = JSON.parse(readFileSync(new URL('product.json', import.meta.url), 'utf8'));

/** The rules of an owner that are held against values: lines of `pond-backend rules list --json`, where the generator is given a file of them. */
const own = process.argv[3] === undefined ? [] : readFileSync(process.argv[3], 'utf8').split('\n').filter(Boolean).map(line => JSON.parse(line))
  .filter(row => row.rule !== undefined && row.statistic === undefined && row.unit === product.measurands.find(known => known.name === row.measurand)?.unit);

const ownOf = name => own.filter(rule => rule.measurand === name);

function ownText(rule) {
  const where = ['site', 'station', 'device', 'channel'].filter(key => rule[key] !== undefined).map(key => `${key} ${rule[key]}`).join(', ');
  return `${rule.side} ${rule.raise}: ${rule.rule}, ${rule.severity}${where === '' ? '' : `, ${where}`}${(rule.conditions ?? []).map(text => `, and ${text}`).join('')}`;
}

export const source = { type: 'influxdb', uid: 'pondsentinel' };

/** The text in the legend of one channel. */
const channelName = '$tag_station $tag_device.$tag_channel';
const byChannel = '"station", "device", "channel"';

/** Names are of [a-z0-9-], so a choice of several is a plain alternative of a regular expression. */
export const chosen = '"site" =~ /^${site:regex}$/ AND "station" =~ /^${station:regex}$/';
export const chosenSite = '"site" =~ /^${site:regex}$/';

/** Good, not checked, suspect: a limit exceeded by a suspect value counts, what failed a test does not. */
const believed = '"qc" <= 3';

// The mean of 350° and 10° is not 180°, and that of a counter is no count.
const newestOf = /^(wind_direction_deg|pulse_count|rain_total_mm|water_volume_l)$/;

export function measurand(name) {
  const found = product.measurands.find(row => row.name === name);
  if (!found) {
    throw new Error(`product.json has no measurand ${name}: was it renamed?`);
  }

  return found;
}

/** A raw query of InfluxDB: the SDK has no builder for it. */
class InfluxQuery {
  constructor(query, { alias, refId = 'A', table = false } = {}) {
    this.internal = {
      refId, datasource: source, rawQuery: true, query, resultFormat: table ? 'table' : 'time_series', ...(alias ? { alias } : {}),
    };
  }

  build() {
    return this.internal;
  }
}

// As people read it, and never scaled: a value in mg/L as N stays one.
const unitOf = unit => `suffix: ${unit}`;

const aggregateOf = name => (newestOf.test(name) ? 'last' : 'mean');

/** The values of a measurand, each channel a curve; grab samples beside it as points. */
export function values(name, { samples = false, span = 12 } = {}) {
  const { label, unit } = measurand(name);
  const panel = new TimeSeriesPanel()
    .title(label)
    .description(limitsText(name))
    .datasource(source)
    .unit(unitOf(unit))
    .span(span)
    .height(8)
    .withTarget(new InfluxQuery(
      `SELECT ${aggregateOf(name)}("value") FROM "${name}" WHERE ${chosen} AND ${believed} AND $timeFilter GROUP BY time($__interval), ${byChannel} fill(null)`,
      { alias: channelName }));
  const rules = ownOf(name);
  if (rules.length > 0) {
    const lines = [...new Set(rules.map(rule => rule.raise))].sort((a, b) => a - b);
    panel
      .description([`Rules of this backend:\n${rules.map(rule => `- ${ownText(rule)}`).join('\n')}`, limitsText(name)].filter(Boolean).join('\n\n'))
      .thresholds(new ThresholdsConfigBuilder().mode(ThresholdsMode.Absolute).steps([
        { value: null, color: 'transparent' }, ...lines.map(value => ({ value, color: 'red' })),
      ]))
      .thresholdsStyle(new GraphThresholdsStyleConfigBuilder().mode(GraphThresholdsStyleMode.Line));
  }

  if (samples) {
    panel
      .withTarget(new InfluxQuery(
        `SELECT "value" FROM "sample" WHERE "m" = '${name}' AND ${chosen} AND $timeFilter GROUP BY ${byChannel}`,
        { alias: 'grab sample $tag_station', refId: 'B' }))
      .overrideByRegexp('/^grab sample/', [
        { id: 'custom.drawStyle', value: GraphDrawStyle.Points },
        { id: 'custom.pointSize', value: 10 },
      ]);
  }

  return panel;
}

/** The newest value of each channel of a measurand. */
export function newest(name) {
  const { label, unit } = measurand(name);
  return new StatPanel()
    .title(label)
    .datasource(source)
    .unit(unitOf(unit))
    .span(6)
    .height(5)
    .reduceOptions(new ReduceDataOptionsBuilder().calcs(['lastNotNull']))
    .withTarget(new InfluxQuery(
      `SELECT last("value") FROM "${name}" WHERE ${chosen} AND ${believed} AND $timeFilter GROUP BY ${byChannel}`,
      { alias: channelName }));
}

const isDrawn = limit => !limit.from || limit.from < '2030-01-01';

function limitText(limit) {
  const mean = limit.average ? `average ${limit.average}` : limit.mean_h ? `mean of ${limit.mean_h} h` : 'each value';
  const time = `${limit.from ? `, from ${limit.from}` : ''}${limit.before ? `, before ${limit.before}` : ''}`;
  return `${limit.side} ${limit.limit}, ${mean}: ${limit.standard}, ${limit.clause}${time} (${limit.status})`;
}

const standardLimits = name => product.limits.filter(limit => limit.measurand === name && limit.standard);

function limitsText(name) {
  const limits = standardLimits(name);
  return limits.length === 0 ? '' : `Limits, by the means that they are written for, are in the dashboard of alerts:\n${limits.map(limit => `- ${limitText(limit)}`).join('\n')}`;
}

// Red where the source was seen, orange where the standard is to be compared first.
function linesOf(limits) {
  const lines = [...new Set(limits.filter(isDrawn).map(limit => limit.limit))].sort((a, b) => a - b);
  return new ThresholdsConfigBuilder().mode(ThresholdsMode.Absolute).steps([
    { value: null, color: 'transparent' },
    ...lines.map(value => ({ value, color: limits.some(limit => limit.limit === value && limit.status === 'verified') ? 'red' : 'orange' })),
  ]);
}

/** Means of one period of a measurand, with the limits that are written for it. */
export function compliance(name, meanHours, utcOffsetHours) {
  const { label, unit } = measurand(name);
  const limits = standardLimits(name).filter(limit => !limit.average && limit.mean_h === meanHours && limit.utc_offset_h === utcOffsetHours);
  const time = meanHours ? `time(${meanHours}h, ${-utcOffsetHours || 0}h)` : 'time($__interval)';
  return new TimeSeriesPanel()
    .title(meanHours ? `${label}, mean of ${meanHours} h${utcOffsetHours ? ` (UTC+${utcOffsetHours})` : ''}` : `${label}, values`)
    .description(`${limits.map(limit => `- ${limitText(limit)}`).join('\n')}\n\nMeans of what is there, by the clock. Whether a period is complete enough to count is what the backend's rules say, not this curve; look at the completeness beside it.`)
    .datasource(source)
    .unit(unitOf(unit))
    .span(12)
    .height(9)
    .thresholds(linesOf(limits))
    .thresholdsStyle(new GraphThresholdsStyleConfigBuilder().mode(GraphThresholdsStyleMode.Line))
    .withTarget(new InfluxQuery(
      `SELECT mean("value") FROM "${name}" WHERE ${chosen} AND ${believed} AND $timeFilter GROUP BY ${time}, ${byChannel} fill(null)`,
      { alias: channelName }));
}

/** Which means which measurands have limits for: without doubles, in the order of the measurands. */
export function complianceKinds() {
  const kinds = new Map();
  for (const { name } of product.measurands) {
    for (const limit of standardLimits(name)) {
      if (!limit.average) {
        kinds.set(`${name} ${limit.mean_h} ${limit.utc_offset_h}`, [name, limit.mean_h, limit.utc_offset_h]);
      }
    }
  }

  return [...kinds.values()];
}

const byAverage = `"average", ${byChannel}`;
const averageName = `${channelName}, $tag_average`;
const ofAverages = name => `FROM "average" WHERE "m" = '${name}' AND ${chosen}`;

/** What averages give: of their kinds, and of what has limits on means of an hour. */
export const averaged = () => product.measurands.map(row => row.name).filter(name =>
  product.averages.includes(name) || standardLimits(name).some(limit => limit.mean_h === 1));

/** The windows of averages that have a value, each a point: no line runs through a day that has none. */
export function averages(name) {
  const { label, unit } = measurand(name);
  const limits = standardLimits(name).filter(limit => limit.average || limit.mean_h === 24);
  return new TimeSeriesPanel()
    .title(`${label}, averages`)
    .description(`At the end of each window. Too few hours are no data, and no point.\n${limits.map(limit => `- ${limitText(limit)}`).join('\n')}`)
    .datasource(source)
    .unit(unitOf(unit))
    .span(12)
    .height(9)
    .drawStyle(GraphDrawStyle.Points)
    .pointSize(6)
    .thresholds(linesOf(limits))
    .thresholdsStyle(new GraphThresholdsStyleConfigBuilder().mode(GraphThresholdsStyleMode.Line))
    .withTarget(new InfluxQuery(
      `SELECT "value" ${ofAverages(name)} AND "state" =~ /^(valid|extrapolated)$/ AND $timeFilter GROUP BY ${byAverage}`, { alias: averageName }));
}

/** Whether each window has a value. */
export const averageStates = name => new StateTimelinePanel()
  .title(`${measurand(name).label}, whether there is an average`)
  .description('Grey: too few hours were measured, so nobody knows; that is not "below the limit".')
  .datasource(source)
  .span(12)
  .height(9)
  .mappings([{
    type: MappingType.ValueToText,
    options: {
      valid: { text: 'valid', color: 'green' },
      extrapolated: { text: 'outside of what the formula was published for', color: 'yellow' },
      'no-data': { text: 'no data', color: '#808080' },
    },
  }])
  .withTarget(new InfluxQuery(`SELECT "state" ${ofAverages(name)} AND $timeFilter GROUP BY ${byAverage}`, { alias: averageName }));

/** How many of its hours each window has. */
export const averageHours = () => new TimeSeriesPanel()
  .title('Hours of each window that count')
  .datasource(source)
  .unit(unitOf('%'))
  .min(0)
  .max(100)
  .span(12)
  .height(9)
  .drawStyle(GraphDrawStyle.Points)
  .pointSize(6)
  .withTarget(new InfluxQuery(
    `SELECT 100 * "hours" / "length" FROM "average" WHERE ${chosen} AND $timeFilter GROUP BY ${byAverage}`, { alias: averageName }));

/** The windows that have no value. */
export const invalidWindows = () => new TablePanel()
  .title('Windows without an average')
  .datasource(source)
  .span(12)
  .height(9)
  .withTarget(new InfluxQuery(
    `SELECT "site", "station", "device", "channel", "average", "hours", "needed", "length" FROM "average" WHERE ${chosen} AND "state" = 'no-data' AND $timeFilter ORDER BY time DESC LIMIT 500`,
    { table: true }));

/** Polls with a value of those that were due, each day. */
export function completeness(where, by, alias) {
  return new TimeSeriesPanel()
    .title('Completeness of each day')
    .description('Polls with a value, of those that were due. Days as the backend counts them (completeness.utc_offset).')
    .datasource(source)
    .unit(unitOf('%'))
    .min(0)
    .max(100)
    .span(12)
    .height(9)
    .withTarget(new InfluxQuery(
      `SELECT 100 * sum("complete") / sum("expected") FROM "completeness" WHERE ${where} AND $timeFilter GROUP BY time(1d), ${by} fill(null)`,
      { alias }));
}

function ledgerField(name) {
  if (!product.ledger.includes(name)) {
    throw new Error(`product.json has no field ${name} of the ledger: was it renamed?`);
  }

  return name;
}

/** What became of the polls of each day. */
export function fates(title, names, where) {
  return new TimeSeriesPanel()
    .title(title)
    .datasource(source)
    .unit(unitOf('polls'))
    .span(12)
    .height(9)
    .drawStyle(GraphDrawStyle.Bars)
    .fillOpacity(70)
    .stacking(new StackingConfigBuilder().mode(StackingMode.Normal))
    .withTarget(new InfluxQuery(
      `SELECT ${names.map(name => `sum("${ledgerField(name)}") AS "${name}"`).join(', ')} FROM "completeness" WHERE ${where} AND $timeFilter GROUP BY time(1d) fill(0)`,
      { alias: '$col' }));
}

/** How many episodes of each rule began on each day. */
export const alertsOfDays = () => new TimeSeriesPanel()
  .title('Alerts that began, by rule')
  .datasource(source)
  .unit(unitOf('alerts'))
  .span(12)
  .height(8)
  .drawStyle(GraphDrawStyle.Bars)
  .fillOpacity(70)
  .stacking(new StackingConfigBuilder().mode(StackingMode.Normal))
  .withTarget(new InfluxQuery(
    `SELECT count("peak") FROM "alert" WHERE ${chosen} AND $timeFilter GROUP BY time(1d), "rule" fill(0)`, { alias: '$tag_rule' }));

/** All episodes. */
export const alertTable = ({ firing = false } = {}) => new TablePanel()
  .title(firing ? 'Alerts that are firing' : 'Alerts')
  .datasource(source)
  .span(24)
  .height(8)
  .withTarget(new InfluxQuery(
    `SELECT "site", "station", "device", "channel", "rule", "severity", "standing", "peak", "peak_bound", "notices", "summary" FROM "alert" WHERE ${chosen}${firing ? ' AND "standing" = \'firing\'' : ''} AND $timeFilter ORDER BY time DESC LIMIT 500`,
    { table: true }));

const tagVariable = (name, label, query) => new QueryVariableBuilder(name)
  .label(label)
  .datasource(source)
  .query(query)
  .refresh(VariableRefresh.OnTimeRangeChanged)
  .sort(VariableSort.AlphabeticalAsc)
  .multi(true)
  .includeAll(true)
  .allValue('.*')
  .current({ selected: true, text: ['All'], value: ['$__all'] });

// In the way that Grafana's InfluxDB has read them since annotations were there; the SDK knows those of tags alone.
const annotation = (name, colour, rest) => ({
  ...new AnnotationQueryBuilder().name(name).datasource(source).enable(true).iconColor(colour).build(), ...rest,
});

/** A dashboard with what all of them have: variables, annotations, links. */
export class Dashboard {
  constructor(uid, title, description) {
    this.builder = new DashboardBuilder(title)
      .uid(uid)
      .description(description)
      .tags(['pondsentinel'])
      .time({ from: 'now-7d', to: 'now' })
      .timezone('browser')
      .refresh('1m')
      .readonly()
      .withVariable(tagVariable('site', 'Site', 'SHOW TAG VALUES WITH KEY = "site"'))
      .withVariable(tagVariable('station', 'Station', 'SHOW TAG VALUES WITH KEY = "station" WHERE "site" =~ /^${site:regex}$/'))
      .withVariable(new TextBoxVariableBuilder('page').label('Page').defaultValue('http://127.0.0.1:8080'))
      .link(new DashboardLinkBuilder('PondSentinel').type(DashboardLinkType.Dashboards).tags(['pondsentinel']).asDropdown(true).keepTime(true).includeVars(true))
      .link(new DashboardLinkBuilder('The page: now').type(DashboardLinkType.Link).url('${page}').targetBlank(true));
  }

  row(row) {
    this.builder.withRow(row);
    return this;
  }

  add(...panels) {
    panels.forEach(panel => this.builder.withPanel(panel));
    return this;
  }

  build() {
    const dashboard = this.builder.build();
    dashboard.annotations = {
      list: [
        annotation('Alerts', 'red', {
          query: `SELECT "summary", "rule", "cleared_ms" FROM "alert" WHERE ${chosen} AND $timeFilter`,
          textColumn: 'summary', tagsColumn: 'rule', timeEndColumn: 'cleared_ms',
        }),
        annotation('Calibrations', 'green', {
          query: `SELECT "what" FROM "calibration" WHERE ${chosen} AND $timeFilter GROUP BY "station", "device", "channel"`,
          textColumn: 'what', tagsColumn: 'station,device,channel',
        }),
        annotation('Maintenance', 'blue', {
          query: `SELECT first("why") AS "why" FROM /.+/ WHERE ${chosen} AND "why" =~ /(^|,)${product.maintenance}(,|$)/ AND $timeFilter GROUP BY time(1h), "station", "device" fill(none)`,
          textColumn: 'why', tagsColumn: 'station,device',
        }),
      ],
    };
    return dashboard;
  }
}
