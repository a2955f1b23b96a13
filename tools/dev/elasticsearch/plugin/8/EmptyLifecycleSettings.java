import java.io.IOException;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import org.elasticsearch.cluster.ClusterState;
import org.elasticsearch.reservedstate.ReservedClusterStateHandler;
import org.elasticsearch.reservedstate.ReservedClusterStateHandlerProvider;
import org.elasticsearch.reservedstate.TransformState;
import org.elasticsearch.xcontent.XContentParser;

/** What ../9/EmptyLifecycleSettings.java is, for Elasticsearch 8, which has one kind of such handlers. */
public final class EmptyLifecycleSettings implements ReservedClusterStateHandlerProvider {
    @Override
    public Collection<ReservedClusterStateHandler<?>> handlers() {
        return List.of(new Empty("ilm"), new Empty("slm"));
    }

    private record Empty(String name) implements ReservedClusterStateHandler<Map<String, Object>> {
        @Override
        public Map<String, Object> fromXContent(XContentParser parser) throws IOException {
            return parser.map();
        }

        @Override
        public TransformState transform(Object settings, TransformState before) {
            if (settings instanceof Map<?, ?> map && map.isEmpty()) {
                return before;
            }
            throw new IllegalArgumentException("this build of Elasticsearch has no " + name + ": " + settings);
        }

        @Override
        public ClusterState remove(TransformState before) {
            return before.state();
        }
    }
}
