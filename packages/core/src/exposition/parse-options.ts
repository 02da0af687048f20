/** How samples are read; a job's fields of the same names. All default to false. */
export interface ParseOptions {
  /** scrape_native_histograms: else a histogram of a protobuf body is read as a classic one. */
  readonly scrapeNativeHistograms?: boolean;
  /** always_scrape_classic_histograms: beside a native histogram its classic form, if it has one. */
  readonly alwaysScrapeClassicHistograms?: boolean;
  /** convert_classic_histograms_to_nhcb: a classic histogram becomes a native one. */
  readonly convertClassicHistogramsToNhcb?: boolean;
  /** `_created` lines of OpenMetrics are no samples but tell when the other samples began. */
  readonly createdAsStartTime?: boolean;
  /** type-and-unit-labels: the family's as labels `__type__` and `__unit__`, instead of the exposed. */
  readonly typeAndUnitLabels?: boolean;
}
