import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.Node;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;

/**
 * `java RoundTrip.java <bootstrap> <brokers> <records>`: makes a topic of four partitions, sends
 * records to it, reads them back as a consumer group, and prints what came as one line of JSON.
 */
public class RoundTrip {
  public static void main(String[] args) throws Exception {
    int brokers = Integer.parseInt(args[1]);
    int records = Integer.parseInt(args[2]);
    Map<String, Object> common = Map.of("bootstrap.servers", args[0]);
    Set<String> nodes = new TreeSet<>();
    Map<Integer, Integer> leaders = new TreeMap<>();
    try (Admin admin = Admin.create(common)) {
      while (nodes.size() < brokers) {
        nodes.clear();
        for (Node node : admin.describeCluster().nodes().get()) {
          nodes.add("\"" + node.host() + ":" + node.port() + "\"");
        }
      }
      admin.createTopics(List.of(new NewTopic("orders", 4, (short) 1))).all().get();
    }
    try (var producer = new KafkaProducer<>(common, new StringSerializer(), new StringSerializer())) {
      for (int i = 0; i < records; i++) {
        producer.send(new ProducerRecord<>("orders", "key-" + i, "value-" + i)).get();
      }
      for (var partition : producer.partitionsFor("orders")) {
        leaders.merge(partition.leader().port(), 1, Integer::sum);
      }
    }
    Set<String> values = new HashSet<>();
    Map<String, Object> group =
        Map.of("bootstrap.servers", args[0], "group.id", "g", "auto.offset.reset", "earliest");
    try (var consumer = new KafkaConsumer<>(group, new StringDeserializer(), new StringDeserializer())) {
      consumer.subscribe(List.of("orders"));
      while (values.size() < records) {
        consumer.poll(Duration.ofMillis(200)).forEach(record -> values.add(record.value()));
      }
      consumer.commitSync();
    }
    System.out.printf(
        "{\"nodes\":%s,\"leaders\":%d,\"values\":%d}%n", nodes, leaders.size(), values.size());
  }
}
