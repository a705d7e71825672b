package peers;

import com.alipay.remoting.CustomSerializerManager;
import com.alipay.remoting.InvokeContext;
import com.alipay.remoting.rpc.RpcClient;
import java.util.HashMap;
import java.util.Map;

/** {@code Client PORT [protocol=1|2] [version=1|2] [crc=true|false]}: see {@link Caller}. */
public final class Client {
  private static final int TIMEOUT_MS = 8000;

  public static void main(String[] args) throws Exception {
    Map<String, String> options = Caller.options(args, 1);
    CustomSerializerManager.registerCustomSerializer(
        Request.class.getName(), new HeaderSerializer());
    CustomSerializerManager.registerCustomSerializer(
        Unknown.class.getName(), new HeaderSerializer());
    RpcClient client = new RpcClient();
    client.startup();
    String address =
        "127.0.0.1:"
            + args[0]
            + "?_CONNECTTIMEOUT=3000&_PROTOCOL="
            + options.getOrDefault("protocol", "1")
            + "&_VERSION="
            + options.getOrDefault("version", "1");

    Caller.run(
        (method, arg, attachments) -> {
          Map<String, String> metadata = new HashMap<>(attachments);
          metadata.put("sofa_head_target_service", "peers.Echo:1.0");
          metadata.put("sofa_head_method_name", method);
          InvokeContext context = new InvokeContext();
          context.put(HeaderSerializer.METADATA, metadata);
          if (options.containsKey("crc")) {
            context.put(InvokeContext.BOLT_CRC_SWITCH, Boolean.valueOf(options.get("crc")));
          }
          Request request = new Request(method, arg);
          switch (method) {
            case "missing":
              return client.invokeSync(address, new Unknown(), context, TIMEOUT_MS);
            case "tell":
              client.oneway(address, request, context);
              return "told";
            case "blob":
              request.data = Caller.bytes(Integer.parseInt(arg));
              Object answer = client.invokeSync(address, request, context, TIMEOUT_MS);
              return Caller.checked(request.data, ((Response) answer).data);
            default:
              return ((Response) client.invokeSync(address, request, context, TIMEOUT_MS)).text;
          }
        });
  }
}
