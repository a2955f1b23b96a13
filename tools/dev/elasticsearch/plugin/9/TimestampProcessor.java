import java.util.Map;
import org.elasticsearch.ingest.AbstractProcessor;
import org.elasticsearch.ingest.ConfigurationUtils;
import org.elasticsearch.ingest.IngestDocument;
import org.elasticsearch.ingest.Processor;

/** The processor "set" of ingest-common, which the distribution lacks, as far as the stack takes it: a field gets the time of ingest. */
final class TimestampProcessor extends AbstractProcessor {
    static final String TYPE = "set";
    private static final String TIMESTAMP = "{{{_ingest.timestamp}}}";

    private final String field;

    private TimestampProcessor(String tag, String description, String field) {
        super(tag, description);
        this.field = field;
    }

    static Map<String, Processor.Factory> factories() {
        return Map.of(TYPE, (registry, tag, description, config, project) -> {
            String value = ConfigurationUtils.readStringProperty(TYPE, tag, config, "value");
            if (!value.equals(TIMESTAMP)) {
                throw ConfigurationUtils.newConfigurationException(TYPE, tag, "value", "here only " + TIMESTAMP);
            }
            return new TimestampProcessor(tag, description, ConfigurationUtils.readStringProperty(TYPE, tag, config, "field"));
        });
    }

    @Override
    public IngestDocument execute(IngestDocument document) {
        document.setFieldValue(field, document.getIngestMetadata().get("timestamp").toString());
        return document;
    }

    @Override
    public String getType() {
        return TYPE;
    }
}
