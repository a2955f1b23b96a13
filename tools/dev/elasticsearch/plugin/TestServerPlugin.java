import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import org.apache.lucene.analysis.TokenStream;
import org.apache.lucene.analysis.Tokenizer;
import org.apache.lucene.analysis.email.UAX29URLEmailTokenizer;
import org.apache.lucene.analysis.pattern.PatternCaptureGroupTokenFilter;
import org.elasticsearch.cluster.node.DiscoveryNodes;
import org.elasticsearch.common.settings.Settings;
import org.elasticsearch.features.NodeFeature;
import org.elasticsearch.index.analysis.TokenFilterFactory;
import org.elasticsearch.index.analysis.TokenizerFactory;
import org.elasticsearch.indices.analysis.AnalysisModule.AnalysisProvider;
import org.elasticsearch.plugins.ActionPlugin;
import org.elasticsearch.plugins.AnalysisPlugin;
import org.elasticsearch.plugins.Plugin;
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
public class TestServerPlugin extends Plugin implements AnalysisPlugin, ActionPlugin {
    private static final Pattern[] NONE = {};

    @Override
    public Map<String, AnalysisProvider<TokenizerFactory>> getTokenizers() {
        return Map.of("uax_url_email", (index, environment, name, settings) ->
            TokenizerFactory.newFactory(name, () -> emailTokenizer(settings)));
    }

    @Override
    public Map<String, AnalysisProvider<TokenFilterFactory>> getTokenFilters() {
        return Map.of(
            "pattern_capture", AnalysisPlugin.requiresAnalysisSettings((index, environment, name, settings) ->
                new Filter(name, stream -> patternCapture(settings, stream))),
            "unique", (index, environment, name, settings) -> new Filter(name, UniqueFilter::new));
    }

    @Override
    public Collection<RestHandler> getRestHandlers(
        RestHandlersServices services,
        Supplier<DiscoveryNodes> nodes,
        Predicate<NodeFeature> features
    ) {
        return List.of(new RootHandler(services.settings()), new NodeShutdownHandler());
    }

    private static Tokenizer emailTokenizer(Settings settings) {
        UAX29URLEmailTokenizer tokenizer = new UAX29URLEmailTokenizer();
        tokenizer.setMaxTokenLength(settings.getAsInt("max_token_length", 255));
        return tokenizer;
    }

    private static TokenStream patternCapture(Settings settings, TokenStream stream) {
        Pattern[] patterns = settings.getAsList("patterns").stream().map(Pattern::compile).toList().toArray(NONE);
        return new PatternCaptureGroupTokenFilter(stream, settings.getAsBoolean("preserve_original", true), patterns);
    }

    private record Filter(String name, java.util.function.UnaryOperator<TokenStream> over) implements TokenFilterFactory {
        @Override
        public TokenStream create(TokenStream stream) {
            return over.apply(stream);
        }
    }
}
