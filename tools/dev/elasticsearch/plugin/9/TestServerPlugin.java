import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.elasticsearch.cluster.node.DiscoveryNodes;
import org.elasticsearch.common.settings.Setting;
import org.elasticsearch.common.settings.Settings;
import org.elasticsearch.features.NodeFeature;
import org.elasticsearch.index.mapper.KeywordFieldMapper;
import org.elasticsearch.index.mapper.Mapper;
import org.elasticsearch.ingest.Processor;
import org.elasticsearch.plugins.ActionPlugin;
import org.elasticsearch.plugins.IngestPlugin;
import org.elasticsearch.plugins.MapperPlugin;
import org.elasticsearch.rest.RestHandler;

/**
 * The only part of the tests' Elasticsearch that is not Elastic's own. The one build of the server that Maven
 * Central has, the distribution of its integration tests, comes with the security modules and without these:
 *
 * - analysis-common. The index that API keys are kept in, .security, wants the tokenizer "uax_url_email" and the
 *   token filters "pattern_capture" and "unique" for the e-mail addresses of users (security-index-template in
 *   x-pack-core), and without them no key can be made. Here they are over Lucene, which the distribution has.
 *   Nothing of ours searches by them.
 * - rest-root, which answers GET /. The Terraform provider and most clients ask it first. {@link RootHandler}
 * - shutdown, ilm and slm, which ECK asks for in each pass. {@link NodeShutdownHandler}, {@link EmptyLifecycleSettings}
 *
 * With the setting test_server.objects also what the stack makes inside of Elasticsearch and the distribution has no module for:
 * lifecycle policies, transforms ({@link KeptObjects}), a processor ({@link TimestampProcessor}), the setting by which an index
 * names its policy, and the type "wildcard", which is a keyword here.
 *
 * Written against the server's public classes; nothing is changed or replaced that the server has itself.
 */
public final class TestServerPlugin extends TestAnalysis implements ActionPlugin, IngestPlugin, MapperPlugin {
    private static final Setting<Boolean> OBJECTS = Setting.boolSetting("test_server.objects", false, Setting.Property.NodeScope);
    private static final Setting<String> POLICY = Setting.simpleString(
        "index.lifecycle.name", Setting.Property.Dynamic, Setting.Property.IndexScope);

    private final boolean hasObjects;

    public TestServerPlugin(Settings settings) {
        this.hasObjects = OBJECTS.get(settings);
    }

    @Override
    public List<Setting<?>> getSettings() {
        return hasObjects ? List.of(OBJECTS, POLICY) : List.of(OBJECTS);
    }

    @Override
    public Map<String, Processor.Factory> getProcessors(Processor.Parameters parameters) {
        return hasObjects ? TimestampProcessor.factories() : Map.of();
    }

    @Override
    public Map<String, Mapper.TypeParser> getMappers() {
        return hasObjects ? Map.of("wildcard", KeywordFieldMapper.PARSER) : Map.of();
    }

    @Override
    public Collection<RestHandler> getRestHandlers(
        RestHandlersServices services,
        Supplier<DiscoveryNodes> nodes,
        Predicate<NodeFeature> features
    ) {
        List<RestHandler> handlers = new ArrayList<>(List.of(new RootHandler(services.settings()), new NodeShutdownHandler()));
        if (hasObjects) {
            handlers.addAll(KeptObjects.HANDLERS);
        }
        return handlers;
    }
}
