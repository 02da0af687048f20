import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Scanner;
import java.util.stream.Collectors;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
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

  private static void print(ConsumerRecord<String, byte[]> record) throws Exception {
    String headers =
        java.util.Arrays.stream(record.headers().toArray())
            .map(one -> one.key() + "=" + new String(one.value(), StandardCharsets.UTF_8))
            .collect(Collectors.joining(","));
    int series = countFields(Snappy.uncompress(record.value()), 1);
    System.out.println(record.partition() + " " + record.key() + " " + series + " " + headers);
  }

  /** Length-delimited fields of a protobuf message that have this number. */
  private static int countFields(byte[] message, int number) {
    int count = 0;
    for (int at = 0; at < message.length; ) {
      int tag = message[at++];
      int length = 0;
      int shift = 0;
      do {
        length |= (message[at] & 0x7f) << shift;
        shift += 7;
      } while (message[at++] < 0);
      at += length;
      if (tag >> 3 == number) count++;
    }
    return count;
  }
}
