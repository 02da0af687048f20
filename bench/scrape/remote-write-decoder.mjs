// Decodes remote-write requests in full, 1.0 and 2.0, without making an object per series.
import { createRequire } from 'node:module';
import { SeriesLabels } from './series-labels.mjs';

// snappyjs is CommonJS.
const { uncompress } = createRequire(import.meta.url)('snappyjs');

// A receiver refuses larger ones too (Prometheus: 32 MB).
const mostRequestBytes = 32 << 20;

/**
 * @typedef {object} SampleSink
 * @property {(labels: SeriesLabels, low: number, high: number, timestampMs: number) => void} sample
 *   `low` and `high`: the words of the value's bits.
 */

/** Feeds every sample of a compressed request to `sink`. Throws on anything malformed. */
export function decodeRequest(compressed, version, sink) {
  const raw = uncompress(compressed, mostRequestBytes);
  if (version === 2) new RequestV2(raw, sink).decode();
  else new RequestV1(raw, sink).decode();
  return raw.length;
}

/** Cursor over protobuf bytes. */
class Reader {
  position = 0;

  constructor(bytes) {
    this.bytes = bytes;
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  varint() {
    let value = 0;
    let scale = 1;
    for (;;) {
      if (this.position >= this.bytes.length) throw new Error('varint runs over the end');
      const byte = this.bytes[this.position++];
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value;
      scale *= 128;
    }
  }

  /** Reads a length; returns where the field ends. */
  end(limit) {
    const end = this.varint() + this.position;
    if (end > limit) throw new Error('field runs over its message');
    return end;
  }

  skip(tag, limit) {
    const wireType = tag & 7;
    if (wireType === 0) this.varint();
    else if (wireType === 1) this.position += 8;
    else if (wireType === 2) this.position = this.end(limit);
    else if (wireType === 5) this.position += 4;
    else throw new Error(`wire type ${wireType}`);
  }

  /** Sample { double value = 1; int64 timestamp = 2 }, with any later field passed over. */
  sample(end, labels, sink) {
    let low = 0;
    let high = 0;
    let timestampMs = 0;
    while (this.position < end) {
      const tag = this.varint();
      if (tag === 0x09) {
        low = this.view.getUint32(this.position, true);
        high = this.view.getUint32(this.position + 4, true);
        this.position += 8;
      } else if (tag === 0x10) timestampMs = this.varint();
      else this.skip(tag, end);
    }
    sink.sample(labels, low, high, timestampMs);
  }
}

class RequestV1 extends Reader {
  #labels = new SeriesLabels();

  constructor(bytes, sink) {
    super(bytes);
    this.sink = sink;
  }

  decode() {
    const limit = this.bytes.length;
    while (this.position < limit) {
      const tag = this.varint();
      // WriteRequest { repeated TimeSeries timeseries = 1; repeated MetricMetadata metadata = 3 }
      if (tag === 0x0a) this.#series(this.end(limit));
      else this.skip(tag, limit);
    }
  }

  /** TimeSeries { repeated Label labels = 1; repeated Sample samples = 2 } */
  #series(end) {
    this.#labels.start(this.bytes);
    while (this.position < end) {
      const tag = this.varint();
      if (tag === 0x0a) this.#label(this.end(end));
      else if (tag === 0x12) this.sample(this.end(end), this.#labels, this.sink);
      else this.skip(tag, end);
    }
  }

  /** Label { string name = 1; string value = 2 } */
  #label(end) {
    let name = 0;
    let nameEnd = 0;
    let value = 0;
    let valueEnd = 0;
    while (this.position < end) {
      const tag = this.varint();
      const fieldEnd = this.end(end);
      if (tag === 0x0a) {
        name = this.position;
        nameEnd = fieldEnd;
      } else if (tag === 0x12) {
        value = this.position;
        valueEnd = fieldEnd;
      }
      this.position = fieldEnd;
    }
    this.#labels.add(name, nameEnd, value, valueEnd);
  }
}

class RequestV2 extends Reader {
  #labels = new SeriesLabels();
  #symbolStarts = [];
  #symbolEnds = [];

  constructor(bytes, sink) {
    super(bytes);
    this.sink = sink;
  }

  decode() {
    this.#fields(0x22, (end) => {
      this.#symbolStarts.push(this.position);
      this.#symbolEnds.push(end);
      this.position = end;
    });
    if (this.#symbolEnds[0] !== this.#symbolStarts[0]) throw new Error('symbols[0] is not empty');
    this.position = 0;
    this.#fields(0x2a, (end) => this.#series(end));
  }

  /** Request { repeated string symbols = 4; repeated TimeSeries timeseries = 5 } */
  #fields(wanted, take) {
    const limit = this.bytes.length;
    while (this.position < limit) {
      const tag = this.varint();
      if (tag === wanted) take(this.end(limit));
      else this.skip(tag, limit);
    }
  }

  /** TimeSeries { repeated uint32 labels_refs = 1 [packed]; repeated Sample samples = 2 } */
  #series(end) {
    this.#labels.start(this.bytes);
    while (this.position < end) {
      const tag = this.varint();
      if (tag === 0x0a) this.#labelRefs(this.end(end));
      else if (tag === 0x12) this.sample(this.end(end), this.#labels, this.sink);
      else this.skip(tag, end);
    }
  }

  #labelRefs(end) {
    while (this.position < end) {
      const name = this.varint();
      const value = this.varint();
      if (Math.max(name, value) >= this.#symbolStarts.length) throw new Error('no such symbol');
      this.#labels.add(
        this.#symbolStarts[name],
        this.#symbolEnds[name],
        this.#symbolStarts[value],
        this.#symbolEnds[value],
      );
    }
  }
}
