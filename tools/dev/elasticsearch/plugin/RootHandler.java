import static org.elasticsearch.rest.RestRequest.Method.GET;
import static org.elasticsearch.rest.RestRequest.Method.HEAD;

import java.io.IOException;
import java.util.List;
import org.elasticsearch.Build;
import org.elasticsearch.action.admin.cluster.state.ClusterStateRequest;
import org.elasticsearch.action.admin.cluster.state.ClusterStateResponse;
import org.elasticsearch.client.internal.node.NodeClient;
import org.elasticsearch.common.settings.Settings;
import org.elasticsearch.index.IndexVersion;
import org.elasticsearch.node.Node;
import org.elasticsearch.rest.BaseRestHandler;
import org.elasticsearch.rest.RestRequest;
import org.elasticsearch.rest.RestResponse;
import org.elasticsearch.rest.RestStatus;
import org.elasticsearch.rest.RestUtils;
import org.elasticsearch.rest.action.RestBuilderListener;
import org.elasticsearch.xcontent.XContentBuilder;

/**
 * GET /: name, cluster and version of the server, as the API reference describes it ("Get cluster info"). It asks
 * for the cluster's state, so that it takes the cluster privilege "monitor" here as in a full server.
 */
final class RootHandler extends BaseRestHandler {
    private final String node;

    RootHandler(Settings settings) {
        this.node = Node.NODE_NAME_SETTING.get(settings);
    }

    @Override
    public String getName() {
        return "test_server_root";
    }

    @Override
    public List<Route> routes() {
        return List.of(new Route(GET, "/"), new Route(HEAD, "/"));
    }

    @Override
    protected RestChannelConsumer prepareRequest(RestRequest request, NodeClient client) throws IOException {
        ClusterStateRequest state = new ClusterStateRequest(RestUtils.getMasterNodeTimeout(request)).clear().metadata(true);
        return channel -> client.admin().cluster().state(state, new RestBuilderListener<ClusterStateResponse>(channel) {
            @Override
            public RestResponse buildResponse(ClusterStateResponse answer, XContentBuilder body) throws IOException {
                return new RestResponse(RestStatus.OK, describe(answer, body));
            }
        });
    }

    private XContentBuilder describe(ClusterStateResponse answer, XContentBuilder body) throws IOException {
        Build build = Build.current();
        body.startObject();
        body.field("name", node);
        body.field("cluster_name", answer.getClusterName().value());
        body.field("cluster_uuid", answer.getState().metadata().clusterUUID());
        body.startObject("version");
        body.field("number", build.version());
        body.field("build_flavor", build.flavor());
        body.field("build_type", build.type().displayName());
        body.field("build_hash", build.hash());
        body.field("build_date", build.date());
        body.field("build_snapshot", build.isSnapshot());
        body.field("lucene_version", IndexVersion.current().luceneVersion().toString());
        body.field("minimum_wire_compatibility_version", build.minWireCompatVersion());
        body.field("minimum_index_compatibility_version", build.minIndexCompatVersion());
        body.endObject();
        body.field("tagline", "You Know, for Search");
        return body.endObject();
    }
}
