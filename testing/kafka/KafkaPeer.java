import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Scanner;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.xerial.snappy.Snappy;

/** What a service in Java does with a topic of metrics: `produce` keys of stdin, or `consume` all. */
public class KafkaPeer {
  public static void main(String[] args) throws Exception {
    if (args[0].equals("produce")) produce(args[1], args[2]);
    else consume(args[1], args[2]);
  }

  private static void produce(String broker, String topic) throws Exception {
    Map<String, Object> config = Map.of("bootstrap.servers", broker);
    var strings = new StringSerializer();
    try (var producer = new KafkaProducer<>(config, strings, strings); var in = new Scanner(System.in)) {
      while (in.hasNextLine()) {
        String key = in.nextLine();
        var written = producer.send(new ProducerRecord<>(topic, key, "java")).get();
        System.out.println(key + " " + written.partition());
      }
    }
  }

  private static void consume(String broker, String topic) throws Exception {
    Map<String, Object> config = Map.of("bootstrap.servers", broker, "check.crcs", true);
    try (var consumer =
        new KafkaConsumer<>(config, new StringDeserializer(), new ByteArrayDeserializer())) {
      List<TopicPartition> partitions =
          consumer.partitionsFor(topic).stream()
              .map(info -> new TopicPartition(topic, info.partition()))
              .toList();
      consumer.assign(partitions);
      consumer.seekToBeginning(partitions);
      var ends = consumer.endOffsets(partitions);
      while (partitions.stream().anyMatch(one -> consumer.position(one) < ends.get(one))) {
        for (var record : consumer.poll(Duration.ofSeconds(1))) print(record);
      }
    }
  }

  /** What the message says of itself, and the first sample of its value. */
  private static void print(ConsumerRecord<String, byte[]> record) throws Exception {
    Map<String, String> headers =
        java.util.Arrays.stream(record.headers().toArray())
            .collect(
                Collectors.toMap(
                    Header::key, one -> new String(one.value(), StandardCharsets.UTF_8)));
    System.out.println(
        String.join(
            "|",
            String.valueOf(record.partition()),
            record.key(),
            String.valueOf(record.timestamp()),
            new TreeMap<>(headers).toString(),
            firstSample(headers.get("format"), record.value())));
  }

  private static String firstSample(String format, byte[] value) throws Exception {
    return switch (format) {
      case "remote_write" -> ofVersion1(Snappy.uncompress(value));
      case "remote_write_v2" -> ofVersion2(Snappy.uncompress(value));
      case "jsonl" -> ofJsonLines(new String(value, StandardCharsets.UTF_8));
      default -> new String(value, StandardCharsets.UTF_8).split("\n")[0];
    };
  }

  /** prompb/remote.proto and types.proto: WriteRequest.timeseries = 1. */
  private static String ofVersion1(byte[] request) {
    List<ByteBuffer> series = fields(ByteBuffer.wrap(request), 1);
    Map<String, String> labels = new TreeMap<>();
    for (ByteBuffer label : fields(series.get(0), 1)) {
      labels.put(text(fields(label, 1).get(0)), text(fields(label, 2).get(0)));
    }
    return series.size() + " " + labels + " " + sample(fields(series.get(0), 2).get(0));
  }

  /** io/prometheus/write/v2/types.proto: Request.symbols = 4, Request.timeseries = 5. */
  private static String ofVersion2(byte[] request) {
    List<ByteBuffer> symbols = fields(ByteBuffer.wrap(request), 4);
    List<ByteBuffer> series = fields(ByteBuffer.wrap(request), 5);
    ByteBuffer refs = fields(series.get(0), 1).get(0);
    Map<String, String> labels = new TreeMap<>();
    while (refs.hasRemaining()) {
      String name = text(symbols.get((int) varint(refs)));
      labels.put(name, text(symbols.get((int) varint(refs))));
    }
    return series.size() + " " + labels + " " + sample(fields(series.get(0), 2).get(0));
  }

  private static String ofJsonLines(String lines) throws Exception {
    String[] all = lines.split("\n");
    JsonNode line = new ObjectMapper().readTree(all[0]);
    Map<String, String> labels = new TreeMap<>(Map.of("__name__", line.get("name").asText()));
    line.get("labels").fields().forEachRemaining(one -> labels.put(one.getKey(), one.getValue().asText()));
    double value = line.get("value").asDouble();
    return all.length + " " + labels + " " + value + " " + line.get("timestamp").asLong();
  }

  /** Sample.value = 1, Sample.timestamp = 2; the same in both versions. */
  private static String sample(ByteBuffer sample) {
    double value = fields(sample, 1).get(0).order(ByteOrder.LITTLE_ENDIAN).getDouble();
    return value + " " + varint(fields(sample, 2).get(0));
  }

  /** Contents of the fields of a protobuf message that have this number. */
  private static List<ByteBuffer> fields(ByteBuffer message, int number) {
    List<ByteBuffer> found = new ArrayList<>();
    for (ByteBuffer rest = message.duplicate(); rest.hasRemaining(); ) {
      int tag = (int) varint(rest);
      int at = rest.position();
      int length = 8;
      if ((tag & 7) == 2) {
        length = (int) varint(rest);
        at = rest.position();
      } else if ((tag & 7) == 0) {
        varint(rest);
        length = rest.position() - at;
      }
      if (tag >> 3 == number) found.add(rest.slice(at, length));
      rest.position(at + length);
    }
    return found;
  }

  private static long varint(ByteBuffer bytes) {
    long value = 0;
    for (int shift = 0; ; shift += 7) {
      byte next = bytes.get();
      value |= (long) (next & 0x7f) << shift;
      if (next >= 0) return value;
    }
  }

  private static String text(ByteBuffer bytes) {
    return StandardCharsets.UTF_8.decode(bytes.duplicate()).toString();
  }
}
