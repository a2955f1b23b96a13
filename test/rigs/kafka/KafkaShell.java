import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.*;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.acl.*;
import org.apache.kafka.common.resource.*;
import org.apache.kafka.common.serialization.*;

/** Administers the brokers of the tests with Kafka's own client: a JSON object per line in, one out. */
public class KafkaShell {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static Admin admin;
  private static String bootstrap;

  public static void main(String[] args) throws Exception {
    bootstrap = args[0];
    admin = Admin.create(Map.of("bootstrap.servers", bootstrap));
    BufferedReader lines = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    System.out.println("{\"ready\":true}");
    for (String line = lines.readLine(); line != null; line = lines.readLine()) {
      Map<String, Object> answer = new TreeMap<>();
      try {
        answer.put("result", run(JSON.readTree(line)));
      } catch (Exception error) {
        Throwable cause = error instanceof ExecutionException ? error.getCause() : error;
        answer.put("error", cause.getClass().getSimpleName() + ": " + cause.getMessage());
      }
      System.out.println(JSON.writeValueAsString(answer));
    }
    admin.close();
  }

  private static Object run(JsonNode command) throws Exception {
    String topic = command.path("topic").asText();
    switch (command.get("do").asText()) {
      case "brokers":
        return admin.describeCluster().nodes().get().size();
      case "create-topic":
        Map<String, String> config = JSON.convertValue(command.get("config"), Map.class);
        NewTopic created = new NewTopic(topic, command.get("partitions").asInt(), (short) command.get("replicas").asInt());
        admin.createTopics(List.of(created.configs(config))).all().get();
        return true;
      case "set-user":
        ScramCredentialInfo scram = new ScramCredentialInfo(ScramMechanism.SCRAM_SHA_512, 4096);
        admin.alterUserScramCredentials(List.of(
            new UserScramCredentialUpsertion(command.get("user").asText(), scram, command.get("password").asText()))).all().get();
        return true;
      case "allow":
        ResourceType type = ResourceType.fromString(command.get("resource").asText());
        ResourcePattern pattern = new ResourcePattern(type, command.get("name").asText(), PatternType.LITERAL);
        List<AclBinding> bindings = new ArrayList<>();
        for (JsonNode operation : command.get("operations"))
          bindings.add(new AclBinding(pattern, new AccessControlEntry(
              command.get("principal").asText(), "*", AclOperation.fromString(operation.asText()), AclPermissionType.ALLOW)));
        admin.createAcls(bindings).all().get();
        return true;
      case "disallow":
        admin.deleteAcls(List.of(new AclBindingFilter(ResourcePatternFilter.ANY, new AccessControlEntryFilter(
            command.get("principal").asText(), null, AclOperation.ANY, AclPermissionType.ANY)))).all().get();
        return true;
      case "offsets":
        return offsets(topic, command.get("group").asText());
      case "delete-before":
        Map<TopicPartition, RecordsToDelete> before = new TreeMap<>((a, b) -> a.partition() - b.partition());
        before.put(new TopicPartition(topic, command.get("partition").asInt()),
            RecordsToDelete.beforeOffset(command.get("offset").asLong()));
        admin.deleteRecords(before).all().get();
        return true;
      case "produce":
        // An idempotent producer without any right is refused as such, before it names its topic.
        Properties settings = client(command);
        settings.put("enable.idempotence", "false");
        try (KafkaProducer<byte[], byte[]> producer = new KafkaProducer<>(settings, new ByteArraySerializer(), new ByteArraySerializer())) {
          Integer partition = command.has("partition") ? command.get("partition").asInt() : null;
          producer.send(new ProducerRecord<>(topic, partition, null, command.get("value").asText().getBytes(StandardCharsets.UTF_8))).get();
        }
        return true;
      case "consume":
        Properties properties = client(command);
        properties.put("group.id", command.get("group").asText());
        properties.put("auto.offset.reset", "earliest");
        try (KafkaConsumer<byte[], byte[]> consumer = new KafkaConsumer<>(properties, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
          consumer.subscribe(List.of(topic));
          for (int i = 0; i < 30; i++) {
            int count = consumer.poll(java.time.Duration.ofMillis(200)).count();
            if (count > 0) return count;
          }
          return 0;
        }
      case "texts":
        return texts(topic);
      case "leaders":
        List<Integer> leaders = new ArrayList<>();
        for (var partition : admin.describeTopics(List.of(topic)).allTopicNames().get().get(topic).partitions())
          leaders.add(partition.leader() == null ? -1 : partition.leader().id());
        return leaders;
      case "move-leader":
        Map<TopicPartition, Optional<NewPartitionReassignment>> moves = new java.util.HashMap<>();
        List<Integer> replicas = new ArrayList<>();
        for (JsonNode replica : command.get("replicas")) replicas.add(replica.asInt());
        TopicPartition moved = new TopicPartition(topic, command.get("partition").asInt());
        moves.put(moved, Optional.of(new NewPartitionReassignment(replicas)));
        admin.alterPartitionReassignments(moves).all().get();
        for (int i = 0; i < 100 && !admin.listPartitionReassignments().reassignments().get().isEmpty(); i++) Thread.sleep(100);
        try {
          admin.electLeaders(org.apache.kafka.common.ElectionType.PREFERRED, java.util.Set.of(moved)).partitions().get();
        } catch (ExecutionException error) {
          // It leads already.
        }
        return true;
      default:
        throw new IllegalArgumentException(command.get("do").asText());
    }
  }

  /** The values of all records of a topic. */
  private static Object texts(String topic) throws Exception {
    Properties properties = new Properties();
    properties.put("bootstrap.servers", bootstrap);
    List<String> values = new ArrayList<>();
    try (KafkaConsumer<byte[], byte[]> consumer = new KafkaConsumer<>(properties, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
      List<TopicPartition> partitions = new ArrayList<>();
      for (var partition : consumer.partitionsFor(topic)) partitions.add(new TopicPartition(topic, partition.partition()));
      consumer.assign(partitions);
      consumer.seekToBeginning(partitions);
      Map<TopicPartition, Long> ends = consumer.endOffsets(partitions);
      while (partitions.stream().anyMatch(partition -> consumer.position(partition) < ends.get(partition)))
        for (var record : consumer.poll(java.time.Duration.ofMillis(200)))
          values.add(new String(record.value(), StandardCharsets.UTF_8));
    }
    return values;
  }

  private static Properties client(JsonNode command) {
    Properties properties = new Properties();
    command.get("client").fields().forEachRemaining(entry -> properties.put(entry.getKey(), entry.getValue().asText()));
    return properties;
  }

  /** By partition: where it begins and ends, and what the group has committed (-1 for nothing). */
  private static Object offsets(String topic, String group) throws Exception {
    var partitions = admin.describeTopics(List.of(topic)).allTopicNames().get().get(topic).partitions();
    Map<TopicPartition, OffsetSpec> first = new java.util.HashMap<>();
    Map<TopicPartition, OffsetSpec> last = new java.util.HashMap<>();
    for (var partition : partitions) {
      first.put(new TopicPartition(topic, partition.partition()), OffsetSpec.earliest());
      last.put(new TopicPartition(topic, partition.partition()), OffsetSpec.latest());
    }
    var begin = admin.listOffsets(first).all().get();
    var end = admin.listOffsets(last).all().get();
    var committed = admin.listConsumerGroupOffsets(group).partitionsToOffsetAndMetadata().get();
    Map<String, Object> found = new TreeMap<>();
    for (TopicPartition partition : first.keySet()) {
      var offset = committed.get(partition);
      found.put(String.valueOf(partition.partition()), Map.of(
          "begin", begin.get(partition).offset(),
          "end", end.get(partition).offset(),
          "committed", offset == null ? -1 : offset.offset()));
    }
    return found;
  }
}
