package peers;

import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.apache.dubbo.config.ApplicationConfig;
import org.apache.dubbo.config.MethodConfig;
import org.apache.dubbo.config.ReferenceConfig;
import org.apache.dubbo.config.RegistryConfig;
import org.apache.dubbo.config.bootstrap.DubboBootstrap;
import org.apache.dubbo.rpc.RpcContext;
import org.apache.dubbo.rpc.service.GenericService;

/** {@code Client PORT[,PORT…] [serialization=…] [heartbeat=MS] …}: see {@link Caller}. */
public final class Client {
  private static String url;
  private static final Map<String, String> parameters = new HashMap<>();

  public static void main(String[] args) throws Exception {
    url =
        Arrays.stream(args[0].split(","))
            .map(port -> "dubbo://127.0.0.1:" + port + "/" + Echo.class.getName())
            .collect(Collectors.joining(";"));
    parameters.putAll(Caller.options(args, 1));
    ApplicationConfig application = new ApplicationConfig("peer-client");
    application.setQosEnable(false);
    DubboBootstrap.getInstance()
        .application(application)
        .registry(new RegistryConfig("N/A"))
        .start();

    MethodConfig oneway = new MethodConfig();
    oneway.setName("tell");
    oneway.setReturn(false);
    ReferenceConfig<Echo> reference = reference(new ReferenceConfig<>(), Echo.class);
    reference.setMethods(List.of(oneway));
    Echo echo = reference.get();
    EchoMore more = reference(new ReferenceConfig<EchoMore>(), EchoMore.class).get();
    ReferenceConfig<GenericService> generic =
        reference(new ReferenceConfig<GenericService>(), null);
    generic.setInterface(Echo.class.getName());
    generic.setGeneric("true");
    GenericService any = generic.get();

    Caller.run(
        (method, arg, attachments) -> {
          // Dubbo 2.7 can leave an earlier call's attachments in the thread that made it.
          RpcContext.removeContext();
          attachments.forEach(RpcContext.getContext()::setAttachment);
          if (method.equals("missing")) return more.missing(arg);
          if (!method.equals("$invoke")) return Caller.call(echo, method, arg);
          return any.$invoke("echo", new String[] {"java.lang.String"}, new Object[] {arg});
        });
  }

  private static <T> ReferenceConfig<T> reference(ReferenceConfig<T> reference, Class<?> type) {
    if (type != null) reference.setInterface(type);
    reference.setUrl(url);
    reference.setCheck(false);
    reference.setTimeout(8000);
    reference.setRetries(0);
    reference.setParameters(parameters);
    return reference;
  }
}
