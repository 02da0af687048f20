/** The labels that steer how a target is scraped and never reach its samples. */
export const addressLabel = '__address__';
export const schemeLabel = '__scheme__';
export const metricsPathLabel = '__metrics_path__';
export const scrapeIntervalLabel = '__scrape_interval__';
export const scrapeTimeoutLabel = '__scrape_timeout__';
/** `__param_x` is the first value of the URL parameter `x`. */
export const paramLabelPrefix = '__param_';

/** What a discovery says of a target: there for relabelling and for pages only. */
export function isMetaLabel(name: string): boolean {
  return name.startsWith('__meta_');
}

/** Whether the label stays with the agent: samples carry none of these. */
export function isHiddenLabel(name: string): boolean {
  return name.startsWith('__');
}
