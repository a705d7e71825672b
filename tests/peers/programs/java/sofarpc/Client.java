package peers;

import com.alipay.sofa.rpc.config.ApplicationConfig;
import com.alipay.sofa.rpc.config.ConsumerConfig;
import com.alipay.sofa.rpc.config.MethodConfig;
import com.alipay.sofa.rpc.context.RpcInvokeContext;
import java.util.ArrayList;
import java.util.List;

/** {@code Client PORT}: see {@link Caller}. Attachments travel as baggage. */
public final class Client {
  public static void main(String[] args) throws Exception {
    MethodConfig oneway = new MethodConfig();
    oneway.setName("tell");
    oneway.setInvokeType("oneway");
    Echo echo =
        config(Echo.class, args[0]).setMethods(new ArrayList<>(List.of(oneway))).refer();
    EchoMore more = config(EchoMore.class, args[0]).refer();

    Caller.run(
        (method, arg, attachments) -> {
          RpcInvokeContext.removeContext();
          attachments.forEach(RpcInvokeContext.getContext()::putRequestBaggage);
          return method.equals("missing") ? more.missing(arg) : Caller.call(echo, method, arg);
        });
  }

  private static <T> ConsumerConfig<T> config(Class<T> type, String port) {
    return new ConsumerConfig<T>()
        .setInterfaceId(type.getName())
        .setProtocol("bolt")
        .setDirectUrl("bolt://127.0.0.1:" + port)
        .setTimeout(8000)
        .setRegister(false)
        .setApplication(new ApplicationConfig().setAppName("peer-client"));
  }
}
