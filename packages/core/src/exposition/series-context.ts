/**
 * The one thing outside a sample's own text that changes its labels: in a family that was declared
 * a histogram `le`, in a summary `quantile` is rewritten to Go's float form (prometheus
 * model/textparse: `le="1"` becomes `1.0`). So a series is known by its text and its context.
 */
export const seriesContext = { plain: 0, histogram: 1, summary: 2 } as const;
export type SeriesContext = (typeof seriesContext)[keyof typeof seriesContext];

/** Of a comment in the parser's own table: it is no TYPE line and leaves the context as it is. */
export const unchangedContext = 3;
