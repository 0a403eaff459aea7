import { type ChaosPlan, faultText } from './chaos-plan.js';
import type { ChaosResult } from './chaos-run.js';
import type { Stall } from './timeline.js';

const MOST_LINES = 12;

export function planText({ seed, transport, seconds, setting, faults }: ChaosPlan): string {
  const settings = Object.entries(setting).map(([name, value]) => `${name} ${value}`);
  return [
    `Plan of seed ${seed} on ${transport}, ${seconds} s: ${settings.join(', ')}`,
    ...faults.map((fault) => `  ${fault.at.toFixed(1)} s: ${faultText(fault)}`),
  ].join('\n');
}

/** What a run was to keep and did not; empty where it kept all. */
export function breachesOf({
  lost,
  ordered,
  violations,
  beyond,
  exits,
  deaths,
}: ChaosResult): string[] {
  return [
    ...(lost.length > 0 ? [`${lost.length} lost: ${some(lost.map(String))}`] : []),
    ...(ordered && violations.length > 0
      ? [`${violations.length} order violations: ${some(violations)}`]
      : []),
    ...(beyond.length > 0
      ? [`${beyond.length} stalls beyond the bound: ${some(beyond.map(stallText))}`]
      : []),
    ...(exits.length > 0 ? [`exit codes: ${some(exits)}`] : []),
    ...(deaths.length > 0 ? [`ended by themselves: ${some(deaths)}`] : []),
  ];
}

export function reportText(plan: ChaosPlan, result: ChaosResult): string {
  const { confirmed, handled, lost, duplicates, violations, ordered, longest } = result;
  const promised = ordered ? '' : ' (not promised)';
  return [
    `Seed ${plan.seed} on ${plan.transport}: ${confirmed} confirmed, ${handled} handled, ${lost.length} lost, ` +
      `${duplicates} duplicates, ${violations.length} order violations${promised}, ` +
      `longest stall ${longest ? stallText(longest) : 'none'}, ${result.hindrances.length} faults`,
    ...result.missed.map((text) => `  not as planned: ${text}`),
    ...result.complaints.lines(MOST_LINES).map((line) => `  log: ${line}`),
    ...breachesOf(result).map((text) => `  BROKEN: ${text}`),
  ].join('\n');
}

function stallText({ key, from, to, limit }: Stall): string {
  const time = `${(to - from).toFixed(1)} s (key ${key}, from ${from.toFixed(1)} s to ${to.toFixed(1)} s`;
  return `${time}, bound ${limit.toFixed(1)} s)`;
}

function some(texts: readonly string[]): string {
  const shown = texts.slice(0, MOST_LINES);
  return `${shown.join('; ')}${texts.length > shown.length ? '; …' : ''}`;
}
