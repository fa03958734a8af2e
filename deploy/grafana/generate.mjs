// Writes the dashboards: node generate.mjs FOLDER [RULES], RULES being what pond-backend rules list --json prints. What they are made of is in parts.mjs; measurands, limits and fields come from
// product.json, so that a new one appears without a change here.
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { RowBuilder } from '@grafana/grafana-foundation-sdk/dashboard';
import {
  Dashboard, alertTable, alertsOfDays, averageHours, averageStates, averaged, averages, chosen, chosenSite, completeness, compliance, complianceKinds, fates, invalidWindows, newest, product, values,
} from './parts.mjs';

// The backend itself finds them: silence, certificates, calibrations and clocks it keeps for its rules, and what only averages give is in the measurement average.
const nowhere = /^(gateway_silence_min|certificate_days|calibration_days|clock_error_s|aqi_us|iaqi_cn|ammonia_four_day_ratio)$/;
const air = /^(pm|wind_|air_)/;
const machine = /^(supply_|housing_|sample_flow_|processor_|undervoltage|disk_|medium_|load_|door_)/;
const slope = /^(tilt_|displacement_|pore_)/;
const electrodes = /_electrode_mv$/;
const fish = /^(unionized_|ammonia_)/;
const amounts = /^(rain_|water_(level|pressure|volume|flow|balance)|freeboard|pulse_|pump_|valve_)/;

const stored = product.measurands.map(row => row.name).filter(name => !nowhere.test(name));
const water = stored.filter(name => !air.test(name) && !machine.test(name));
const without = (names, ...patterns) => names.filter(name => !patterns.some(pattern => pattern.test(name)));
const headlines = stored.filter(name => product.limits.some(limit => limit.measurand === name && !limit.average) || /^(water_level_mm|conductivity_us_cm|supply_voltage_v)$/.test(name));

function fleet() {
  return new Dashboard('pond-fleet', 'Fleet and site', 'Every station: what it says now, what fires, and how complete its days are.')
    .add(alertTable({ firing: true }))
    .row(new RowBuilder('Newest values'))
    .add(...headlines.map(newest))
    .row(new RowBuilder('Days'))
    .add(completeness(chosenSite, '"site", "station"', '$tag_site $tag_station'), alertsOfDays());
}

function station() {
  return new Dashboard('pond-water', 'Station: water', 'Each measurand of water, grab samples beside the probes.')
    .row(new RowBuilder('Water'))
    .add(...without(water, electrodes, fish, amounts, slope).map(name => values(name, { samples: true })))
    .row(new RowBuilder('Rain, level and flow'))
    .add(...water.filter(name => amounts.test(name)).map(name => values(name)))
    .row(new RowBuilder('Ammonia for fish'))
    .add(...water.filter(name => fish.test(name)).map(name => values(name)))
    .row(new RowBuilder('Slope'))
    .add(...water.filter(name => slope.test(name)).map(name => values(name)))
    .row(new RowBuilder('Electrodes'))
    .add(...water.filter(name => electrodes.test(name)).map(name => values(name)));
}

function dust() {
  const names = stored.filter(name => air.test(name));
  return new Dashboard('pond-dust', 'Dust with wind', 'Dust above, the wind that brings it below, on one time.')
    .row(new RowBuilder('Dust'))
    .add(...names.filter(name => /^pm/.test(name)).map(name => values(name)))
    .row(new RowBuilder('Wind'))
    .add(...names.filter(name => /^wind_/.test(name)).map(name => values(name)))
    .row(new RowBuilder('Air'))
    .add(...without(names, /^pm/, /^wind_/).map(name => values(name)));
}

function alerts() {
  return new Dashboard('pond-alerts', 'Alerts and compliance', 'What was raised, and means held against the limits of standards.')
    .add(alertTable())
    .add(alertsOfDays(), completeness(chosen, '"station", "device", "channel"', '$tag_station $tag_device.$tag_channel'))
    .row(new RowBuilder('Means and limits'))
    .add(...complianceKinds().map(kind => compliance(...kind)))
    .row(new RowBuilder('Averages by their standards'))
    .add(...averaged().flatMap(name => [averages(name), averageStates(name)]))
    .add(averageHours(), invalidWindows());
}

function health() {
  return new Dashboard('pond-health', 'Gateways and sensors', 'Supply, machine, and what became of every poll.')
    .row(new RowBuilder('What became of the polls'))
    .add(
      fates('Of all that were due', ['good', 'unchecked', 'suspect', 'bad', 'serviced', 'failed', 'thinned', 'lost', 'refused', 'not_measured', 'unknown'], chosen),
      fates('Why there was no value', product.ledger.filter(name => name.startsWith('failed_')), chosen),
      fates('Why nothing was measured, or it was lost', product.ledger.filter(name => /^(not_measured|lost|refused|unknown)_/.test(name)), chosen),
      completeness(chosen, '"station", "device"', '$tag_station $tag_device'))
    .row(new RowBuilder('Supply and machine'))
    .add(...stored.filter(name => machine.test(name)).map(name => values(name)));
}

const folder = process.argv[2];
if (!folder) {
  console.error('usage: node generate.mjs FOLDER [RULES]');
  process.exit(2);
}

mkdirSync(folder, { recursive: true });
readdirSync(folder).filter(file => file.endsWith('.json')).forEach(file => rmSync(join(folder, file)));
for (const dashboard of [fleet(), station(), dust(), alerts(), health()].map(made => made.build())) {
  writeFileSync(join(folder, `${dashboard.uid}.json`), `${JSON.stringify(dashboard, null, 2)}\n`);
}
