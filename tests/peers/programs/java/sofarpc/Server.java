package peers;

import com.alipay.sofa.rpc.config.ApplicationConfig;
import com.alipay.sofa.rpc.config.ProviderConfig;
import com.alipay.sofa.rpc.config.ServerConfig;
import com.alipay.sofa.rpc.context.RpcInvokeContext;

/** {@code Server NAME PORT}. */
public final class Server {
  public static void main(String[] args) throws Exception {
    ServerConfig server =
        new ServerConfig()
            .setProtocol("bolt")
            .setHost("127.0.0.1")
            .setPort(Integer.parseInt(args[1]))
            .setDaemon(false);
    Echo echo =
        new EchoServer(args[0], name -> RpcInvokeContext.getContext().getRequestBaggage(name));
    new ProviderConfig<Echo>()
        .setInterfaceId(Echo.class.getName())
        .setRef(echo)
        .setServer(server)
        .setRegister(false)
        .setApplication(new ApplicationConfig().setAppName("peer-server"))
        .export();
    Caller.print("ready", true);
    Thread.currentThread().join();
  }
}
