/** The labels that steer how a target is scraped and never reach its samples. */
export const addressLabel = '__address__';
export const schemeLabel = '__scheme__';
export const metricsPathLabel = '__metrics_path__';
export const scrapeIntervalLabel = '__scrape_interval__';
export const scrapeTimeoutLabel = '__scrape_timeout__';
/** How histograms of one target are read: Prometheus 3.13 and later (scrape/target.go). */
export const scrapeNativeLabel = '__scrape_native_histograms__';
export const alwaysClassicLabel = '__always_scrape_classic_histograms__';
export const classicToCustomLabel = '__convert_classic_histograms_to_nhcb__';
/** `__param_x` is the first value of the URL parameter `x`. */
export const paramLabelPrefix = '__param_';

/** What of labels is looked at to know how they are scraped; a missing one may be the empty string. */
export interface ReadLabels {
  get(name: string): string | undefined;
  keys(): Iterable<string>;
}

/** What a discovery says of a target: there for relabelling and for pages only. */
export function isMetaLabel(name: string): boolean {
  return name.startsWith('__meta_');
}

export function isParamLabel(name: string): boolean {
  return name.startsWith(paramLabelPrefix);
}

/** Whether the label stays with the agent: samples carry none of these. */
export function isHiddenLabel(name: string): boolean {
  return name.startsWith('__');
}

const settings: ReadonlySet<string> = new Set([
  scrapeIntervalLabel,
  scrapeTimeoutLabel,
  scrapeNativeLabel,
  alwaysClassicLabel,
  classicToCustomLabel,
]);

/** Whether the label says how a target is scraped, and not which one it is. */
export function isSettingLabel(name: string): boolean {
  return settings.has(name);
}

/** Whether the label is part of what tells a target from others: see target-id.ts. */
export function isIdentifyingLabel(name: string): boolean {
  return !isHiddenLabel(name) || !(isMetaLabel(name) || isSettingLabel(name));
}
