package peers;

import java.util.HashMap;
import java.util.Map;
import org.apache.dubbo.config.ApplicationConfig;
import org.apache.dubbo.config.ProtocolConfig;
import org.apache.dubbo.config.RegistryConfig;
import org.apache.dubbo.config.ServiceConfig;
import org.apache.dubbo.config.bootstrap.DubboBootstrap;
import org.apache.dubbo.rpc.RpcContext;

/** {@code Server NAME PORT [serialization=…] [heartbeat=MS]}; SIGTERM stops it in Dubbo's way. */
public final class Server {
  public static void main(String[] args) throws Exception {
    Map<String, String> options = Caller.options(args, 2);
    ApplicationConfig application = new ApplicationConfig("peer-server");
    application.setQosEnable(false);

    ProtocolConfig protocol = new ProtocolConfig();
    protocol.setName("dubbo");
    protocol.setHost("127.0.0.1");
    protocol.setPort(Integer.parseInt(args[1]));
    Map<String, String> parameters = new HashMap<>();
    if (options.containsKey("serialization")) {
      protocol.setSerialization(options.get("serialization"));
    }
    if (options.containsKey("heartbeat")) {
      protocol.setHeartbeat(Integer.parseInt(options.get("heartbeat")));
      parameters.put("heartbeat", options.get("heartbeat"));
    }
    protocol.setParameters(parameters);

    ServiceConfig<Echo> service = new ServiceConfig<>();
    service.setInterface(Echo.class);
    service.setRef(
        new EchoServer(args[0], name -> RpcContext.getContext().getAttachment(name)));

    DubboBootstrap.getInstance()
        .application(application)
        .registry(new RegistryConfig("N/A"))
        .protocol(protocol)
        .service(service)
        .start();
    Caller.print("ready", true);
    Thread.currentThread().join();
  }
}
