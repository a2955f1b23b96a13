import static org.elasticsearch.rest.RestRequest.Method.DELETE;
import static org.elasticsearch.rest.RestRequest.Method.GET;
import static org.elasticsearch.rest.RestRequest.Method.POST;
import static org.elasticsearch.rest.RestRequest.Method.PUT;

import java.io.IOException;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentSkipListMap;
import org.elasticsearch.ResourceNotFoundException;
import org.elasticsearch.client.internal.node.NodeClient;
import org.elasticsearch.rest.BaseRestHandler;
import org.elasticsearch.rest.RestChannel;
import org.elasticsearch.rest.RestHandler;
import org.elasticsearch.rest.RestRequest;
import org.elasticsearch.rest.RestResponse;
import org.elasticsearch.rest.RestStatus;
import org.elasticsearch.xcontent.XContentBuilder;

/**
 * Lifecycle policies and transforms, whose modules the distribution lacks. Stand-ins: they keep what they are told until the server
 * ends, and give it back in the form of the API reference ("Get lifecycle policies", "Get transforms"). Nothing is rolled over,
 * deleted or transformed by them, and no privilege is asked for.
 */
abstract class KeptObjects extends BaseRestHandler {
    static final List<RestHandler> HANDLERS = List.of(new Policies(), new Transforms());

    /** Read without being needed, else the request is refused for a parameter that nobody knows. */
    private static final List<String> PARAMETERS = List.of(
        "timeout", "master_timeout", "defer_validation", "force", "wait_for_completion", "allow_no_match", "delete_dest_index",
        "wait_for_checkpoint", "exclude_generated", "from", "size");

    final Map<String, Map<String, Object>> kept = new ConcurrentSkipListMap<>();

    /** The body of the answer to a GET. */
    abstract Map<String, Object> describe(String id, Map<String, Object> object, String path);

    /** What is kept of the body of a PUT or POST; the object as it is by a path that changes nothing of it. */
    abstract Map<String, Object> change(Map<String, Object> before, RestRequest request) throws IOException;

    @Override
    protected RestChannelConsumer prepareRequest(RestRequest request, NodeClient client) throws IOException {
        String id = request.param("id");
        PARAMETERS.forEach(request::param);
        Map<String, Object> before = kept.get(id);
        if (before == null && request.method() != PUT) {
            return channel -> channel.sendResponse(new RestResponse(channel, new ResourceNotFoundException("[" + id + "] is not here")));
        }
        if (request.method() == GET) {
            return channel -> answer(channel, describe(id, before, request.path()));
        }
        if (request.method() == DELETE) {
            kept.remove(id);
        } else {
            kept.put(id, change(before == null ? Map.of() : before, request));
        }
        return channel -> answer(channel, Map.of("acknowledged", true));
    }

    private static void answer(RestChannel channel, Map<String, Object> body) throws IOException {
        XContentBuilder builder = channel.newBuilder();
        channel.sendResponse(new RestResponse(RestStatus.OK, builder.map(body)));
    }

    private static Map<String, Object> with(Map<String, Object> before, Map<String, Object> after) {
        Map<String, Object> all = new LinkedHashMap<>(before);
        all.putAll(after);
        return all;
    }

    private static final class Policies extends KeptObjects {
        @Override
        public String getName() {
            return "test_server_lifecycle_policies";
        }

        @Override
        public List<Route> routes() {
            return List.of(PUT, GET, DELETE).stream().map(method -> new Route(method, "/_ilm/policy/{id}")).toList();
        }

        @Override
        Map<String, Object> change(Map<String, Object> before, RestRequest request) throws IOException {
            return with(request.contentParser().map(), Map.of("version", 1, "modified_date", Instant.now().toString()));
        }

        @Override
        Map<String, Object> describe(String id, Map<String, Object> policy, String path) {
            return Map.of(id, policy);
        }
    }

    private static final class Transforms extends KeptObjects {
        private static final String STATE = "state";

        @Override
        public String getName() {
            return "test_server_transforms";
        }

        @Override
        public List<Route> routes() {
            String one = "/_transform/{id}";
            return List.of(
                new Route(PUT, one), new Route(GET, one), new Route(DELETE, one), new Route(GET, one + "/_stats"),
                new Route(POST, one + "/_update"), new Route(POST, one + "/_start"), new Route(POST, one + "/_stop"));
        }

        @Override
        Map<String, Object> change(Map<String, Object> before, RestRequest request) throws IOException {
            if (request.path().endsWith("/_start")) {
                return with(before, Map.of(STATE, "started"));
            }
            if (request.path().endsWith("/_stop")) {
                return with(before, Map.of(STATE, "stopped"));
            }
            Map<String, Object> isNew = Map.of("create_time", System.currentTimeMillis(), STATE, "stopped");
            return with(before.isEmpty() ? isNew : before, request.contentParser().map());
        }

        @Override
        Map<String, Object> describe(String id, Map<String, Object> transform, String path) {
            Map<String, Object> described = with(transform, Map.of("id", id));
            Object state = described.remove(STATE);
            Object one = path.endsWith("/_stats") ? Map.of("id", id, STATE, state) : described;
            return Map.of("count", 1, "transforms", List.of(one));
        }
    }
}
