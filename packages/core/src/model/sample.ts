/**
 * Stale marker: the NaN 0x7ff0000000000002 (prometheus/model/value/value.go). A JavaScript number
 * may lose a NaN's payload at any arithmetic or copy through a plain array, so staleness travels as
 * a flag beside the value and the 8 bytes are written from these two words, low word first.
 */
export const staleNanLowWord = 0x00000002;
export const staleNanHighWord = 0x7ff00000;

/** Any other NaN goes out as Prometheus' NormalNaN, 0x7ff8000000000001. */
export const normalNanLowWord = 0x00000001;
export const normalNanHighWord = 0x7ff80000;
