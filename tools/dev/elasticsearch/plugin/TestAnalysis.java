import java.util.Map;
import java.util.regex.Pattern;
import org.apache.lucene.analysis.TokenStream;
import org.apache.lucene.analysis.Tokenizer;
import org.apache.lucene.analysis.email.UAX29URLEmailTokenizer;
import org.apache.lucene.analysis.pattern.PatternCaptureGroupTokenFilter;
import org.elasticsearch.common.settings.Settings;
import org.elasticsearch.index.analysis.TokenFilterFactory;
import org.elasticsearch.index.analysis.TokenizerFactory;
import org.elasticsearch.indices.analysis.AnalysisModule.AnalysisProvider;
import org.elasticsearch.plugins.AnalysisPlugin;
import org.elasticsearch.plugins.Plugin;

/** The part of analysis-common that TestServerPlugin stands in for. */
public abstract class TestAnalysis extends Plugin implements AnalysisPlugin {
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
