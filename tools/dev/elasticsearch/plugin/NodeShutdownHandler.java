import static org.elasticsearch.rest.RestRequest.Method.DELETE;
import static org.elasticsearch.rest.RestRequest.Method.GET;
import static org.elasticsearch.rest.RestRequest.Method.PUT;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentSkipListMap;
import org.elasticsearch.client.internal.node.NodeClient;
import org.elasticsearch.rest.BaseRestHandler;
import org.elasticsearch.rest.RestRequest;
import org.elasticsearch.rest.RestResponse;
import org.elasticsearch.rest.RestStatus;
import org.elasticsearch.xcontent.XContentBuilder;

/**
 * _nodes/shutdown, which ECK asks before it changes a node ("Node lifecycle APIs"; cloud-on-k8s pkg/controller/elasticsearch/client).
 * A stand-in: it keeps what it is told until the server ends and says of each shutdown that it is complete. No shard is moved, so
 * it serves a cluster of one node only.
 */
final class NodeShutdownHandler extends BaseRestHandler {
    private final Map<String, Map<String, Object>> shutdowns = new ConcurrentSkipListMap<>();

    @Override
    public String getName() {
        return "test_server_node_shutdown";
    }

    @Override
    public List<Route> routes() {
        return List.of(
            new Route(GET, "/_nodes/shutdown"),
            new Route(GET, "/_nodes/{nodeId}/shutdown"),
            new Route(PUT, "/_nodes/{nodeId}/shutdown"),
            new Route(DELETE, "/_nodes/{nodeId}/shutdown"));
    }

    @Override
    protected RestChannelConsumer prepareRequest(RestRequest request, NodeClient client) throws IOException {
        String id = request.param("nodeId");
        // Read without being needed, else the request is refused for a parameter that nobody knows.
        request.param("master_timeout");
        request.param("timeout");
        if (request.method() == GET) {
            return channel -> channel.sendResponse(new RestResponse(RestStatus.OK, list(id, channel.newBuilder())));
        }
        if (request.method() == PUT) {
            shutdowns.put(id, request.contentParser().map());
        } else {
            shutdowns.remove(id);
        }
        return channel -> channel.sendResponse(new RestResponse(RestStatus.OK, acknowledged(channel.newBuilder())));
    }

    private XContentBuilder list(String id, XContentBuilder body) throws IOException {
        body.startObject().startArray("nodes");
        for (Map.Entry<String, Map<String, Object>> shutdown : shutdowns.entrySet()) {
            if (id != null && !id.equals(shutdown.getKey())) {
                continue;
            }
            body.startObject();
            body.field("node_id", shutdown.getKey());
            body.field("type", String.valueOf(shutdown.getValue().get("type")).toUpperCase(java.util.Locale.ROOT));
            body.field("reason", String.valueOf(shutdown.getValue().get("reason")));
            body.field("status", "COMPLETE");
            for (String part : List.of("shard_migration", "persistent_tasks", "plugins")) {
                body.startObject(part).field("status", "COMPLETE").endObject();
            }
            body.endObject();
        }
        return body.endArray().endObject();
    }

    private static XContentBuilder acknowledged(XContentBuilder body) throws IOException {
        return body.startObject().field("acknowledged", true).endObject();
    }
}
