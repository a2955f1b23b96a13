import java.util.Collection;
import java.util.List;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.elasticsearch.cluster.node.DiscoveryNodes;
import org.elasticsearch.features.NodeFeature;
import org.elasticsearch.plugins.ActionPlugin;
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
 * Written against the server's public classes; nothing is changed or replaced that the server has itself.
 */
public final class TestServerPlugin extends TestAnalysis implements ActionPlugin {
    @Override
    public Collection<RestHandler> getRestHandlers(
        RestHandlersServices services,
        Supplier<DiscoveryNodes> nodes,
        Predicate<NodeFeature> features
    ) {
        return List.of(new RootHandler(services.settings()), new NodeShutdownHandler());
    }
}
