import {
  type handleUnaryCall,
  Server,
  ServerCredentials,
  status,
  type UntypedServiceImplementation,
} from "@grpc/grpc-js";
import { PluginInfo } from "@pulumi/pulumi/proto/plugin_pb";
import { ResourceProviderService } from "@pulumi/pulumi/proto/provider_grpc_pb";
import * as messages from "@pulumi/pulumi/proto/provider_pb";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import { Struct } from "google-protobuf/google/protobuf/struct_pb";
import { DashboardProvider, type Properties } from "./dashboard-provider";
import { KIBANA_PACKAGE } from "./kibana-package";

/** Serves the provider to the engine that started this process, which reads the port from the first line of its output. */
export function serve(): void {
  const server = new Server();
  server.addService(ResourceProviderService, methodsOf(new DashboardProvider()));
  server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, port) => {
    if (error) throw error;
    // As text: with FORCE_COLOR, which many a CI sets, Node prints a number in color.
    console.log(String(port));
  });
  // The engine's end of it closes with the engine, however that ends.
  process.stdin.on("end", () => process.exit()).resume();
}

/** The methods of the protocol that the provider has; the engine knows what to do about the others. */
function methodsOf(provider: DashboardProvider): UntypedServiceImplementation {
  return {
    getPluginInfo: method(async () => new PluginInfo()),
    cancel: method(async () => new Empty()),
    configure: method(async (request: messages.ConfigureRequest) => {
      const setting = (name: string) => request.getVariablesMap().get(`${KIBANA_PACKAGE}:config:${name}`);
      const [endpoint = "", username = "", password = ""] = ["endpoint", "username", "password"].map(setting);
      provider.configure({ endpoint, username, password, ca: setting("ca") });
      // No secrets: they are in the provider's settings only.
      return new messages.ConfigureResponse();
    }),
    check: method(async (request: messages.CheckRequest) => {
      const response = new messages.CheckResponse();
      response.setInputs(request.getNews());
      return response;
    }),
    diff: method(async (request: messages.DiffRequest) => {
      const { changed, replaces } = provider.diff(plain(request.getOlds()), plain(request.getNews()));
      const { DIFF_SOME, DIFF_NONE } = messages.DiffResponse.DiffChanges;
      const response = new messages.DiffResponse();
      response.setChanges(changed.length > 0 ? DIFF_SOME : DIFF_NONE);
      response.setDiffsList(changed);
      response.setReplacesList(replaces);
      return response;
    }),
    create: method(async (request: messages.CreateRequest) => {
      const made = await provider.write(plain(request.getProperties()));
      const response = new messages.CreateResponse();
      response.setId(String(made["dashboardId"]));
      response.setProperties(Struct.fromJavaScript(made));
      return response;
    }),
    update: method(async (request: messages.UpdateRequest) => {
      const response = new messages.UpdateResponse();
      response.setProperties(Struct.fromJavaScript(await provider.write(plain(request.getNews()))));
      return response;
    }),
    read: method(async (request: messages.ReadRequest) => {
      const found = await provider.read(plain(request.getProperties()));
      const response = new messages.ReadResponse();
      // Without an id it is gone.
      if (!found) return response;
      response.setId(request.getId());
      response.setProperties(Struct.fromJavaScript(found));
      const { seen: _, ...inputs } = found;
      response.setInputs(Struct.fromJavaScript(inputs));
      return response;
    }),
    delete: method(async (request: messages.DeleteRequest) => {
      await provider.delete(plain(request.getProperties()));
      return new Empty();
    }),
  };
}

function method<Request, Response>(
  answer: (request: Request) => Promise<Response>,
): handleUnaryCall<Request, Response> {
  return ({ request }, callback) => {
    answer(request).then(
      (response) => callback(null, response),
      (error: unknown) =>
        callback({ code: status.UNKNOWN, details: error instanceof Error ? error.message : String(error) }),
    );
  };
}

function plain(struct: Struct | undefined): Properties {
  return (struct?.toJavaScript() ?? {}) as Properties;
}
