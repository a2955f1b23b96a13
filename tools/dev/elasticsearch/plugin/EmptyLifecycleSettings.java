import java.io.IOException;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import org.elasticsearch.cluster.ClusterState;
import org.elasticsearch.cluster.metadata.ProjectId;
import org.elasticsearch.reservedstate.ReservedProjectStateHandler;
import org.elasticsearch.reservedstate.ReservedStateHandlerProvider;
import org.elasticsearch.reservedstate.TransformState;
import org.elasticsearch.xcontent.XContentParser;

/**
 * The settings "ilm" and "slm" of Elasticsearch's file settings, whose modules the distribution lacks. ECK names both, empty where the
 * user has no policy (cloud-on-k8s pkg/controller/elasticsearch/filesettings), and one setting that the server does not know fails
 * the whole file, after which the port of the readiness probe never opens. Only the empty value is taken.
 */
public final class EmptyLifecycleSettings implements ReservedStateHandlerProvider {
    @Override
    public Collection<ReservedProjectStateHandler<?>> projectHandlers() {
        return List.of(new Empty("ilm"), new Empty("slm"));
    }

    private record Empty(String name) implements ReservedProjectStateHandler<Map<String, Object>> {
        @Override
        public Map<String, Object> fromXContent(XContentParser parser) throws IOException {
            return parser.map();
        }

        @Override
        public TransformState transform(ProjectId project, Map<String, Object> settings, TransformState before) {
            if (settings.isEmpty()) {
                return before;
            }
            throw new IllegalArgumentException("this build of Elasticsearch has no " + name + ": " + settings.keySet());
        }

        @Override
        public ClusterState remove(ProjectId project, TransformState before) {
            return before.state();
        }
    }
}
